<?php

//includes files
	require_once dirname(__DIR__, 2) . "/resources/require.php";
	require_once "resources/check_auth.php";

//check permissions
	if (!permission_exists('whisper_page_view')) {
		echo "access denied";
		exit;
	}

//add multi-lingual support
	$language = new text;
	$text = $language->get();

//get the codes of the domain of who is logged in, and of no other
	$effects = [
		'6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e11' => 'label-page',
		'6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e12' => 'label-intercom',
		'6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e13' => 'label-off',
		'6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e14' => 'label-message',
	];
	$sql = "select app_uuid, dialplan_number, dialplan_enabled from v_dialplans ";
	$sql .= "where domain_uuid = :domain_uuid ";
	$sql .= "and app_uuid in ('" . implode("', '", array_keys($effects)) . "') ";
	$sql .= "order by dialplan_order, app_uuid ";
	$codes = $database->select($sql, ['domain_uuid' => $_SESSION['domain_uuid']], 'all') ?: [];

//get the address of the console; what is no address of the web is not linked
	$settings = new settings(['database' => $database, 'domain_uuid' => $_SESSION['domain_uuid'], 'user_uuid' => $_SESSION['user_uuid']]);
	$console_url = $settings->get('whisper_page', 'console_url', '');
	if (!is_string($console_url) || !preg_match('~^https?://[A-Za-z0-9._:/\[\]-]+\z~', $console_url)) {
		$console_url = '';
	}

//show the header
	$document['title'] = $text['title-whisper_page'];
	require_once "resources/header.php";

//show the content
	echo "<div class='action_bar' id='action_bar'>\n";
	echo "	<div class='heading'><b>" . escape($text['title-whisper_page']) . "</b></div>\n";
	echo "	<div class='actions'>\n";
	if ($console_url !== '') {
		echo "		<a id='whisper_page_console' href='" . escape($console_url) . "' target='_blank' rel='noopener noreferrer'>" . escape($text['button-console']) . "</a>\n";
	}
	echo "	</div>\n";
	echo "	<div style='clear: both;'></div>\n";
	echo "</div>\n";
	echo escape($text['description-whisper_page']) . "\n";
	echo "<br /><br />\n";

	echo "<div class='card'>\n";
	echo "<table class='list' id='whisper_page_codes'>\n";
	echo "<tr class='list-header'>\n";
	echo "	<th>" . escape($text['label-code']) . "</th>\n";
	echo "	<th>" . escape($text['label-effect']) . "</th>\n";
	echo "	<th class='center'>" . escape($text['label-enabled']) . "</th>\n";
	echo "</tr>\n";
	foreach ($codes as $row) {
		$effect = $effects[$row['app_uuid']];
		$dialled = escape((string) $row['dialplan_number']);
		if ($effect !== 'label-off') {
			$dialled .= ' + ' . escape($text[$effect === 'label-message' ? 'label-number_extension' : 'label-extension']);
		}
		//a column of type boolean, or of text in older versions
		$enabled = $row['dialplan_enabled'] === true || $row['dialplan_enabled'] === 'true';
		echo "<tr class='list-row'>\n";
		echo "	<td>" . $dialled . "</td>\n";
		echo "	<td>" . escape($text[$effect]) . "</td>\n";
		echo "	<td class='center'>" . escape($text[$enabled ? 'label-yes' : 'label-no']) . "</td>\n";
		echo "</tr>\n";
	}
	if (empty($codes)) {
		echo "<tr class='list-row'><td colspan='3'>" . escape($text['message-no_codes']) . "</td></tr>\n";
	}
	echo "</table>\n";
	echo "</div>\n";

//show the footer
	require_once "resources/footer.php";

?>
