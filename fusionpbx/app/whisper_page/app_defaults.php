<?php

//replace the feature codes of another version; a changed code, order or switch is kept
	if ($domains_processed == 1) {
		foreach (glob(__DIR__ . "/resources/switch/conf/dialplan/*.xml") as $xml_file) {
			$extension = simplexml_load_file($xml_file);
			$app_uuid = (string) $extension['app_uuid'];
			$shipped_number = (string) $extension['number'];

			//an old row is set aside until its successor has what it says: an interruption loses nothing
			$aside_uuid = substr_replace($app_uuid, 'f', -2, 1);
			$parameters = ['aside_uuid' => $aside_uuid, 'app_uuid' => $app_uuid, 'description' => (string) $extension['description']];
			$sql = "update v_dialplans set app_uuid = :aside_uuid ";
			$sql .= "where app_uuid = :app_uuid and dialplan_description is distinct from :description ";
			$database->execute($sql, $parameters);

			$sql = "select * from v_dialplans where app_uuid = :aside_uuid ";
			$set_aside = $database->select($sql, ['aside_uuid' => $aside_uuid], 'all');
			foreach ($set_aside ?: [] as $old) {
				//a dialplan object of its own for each domain: it keeps what it has read
				$dialplan = new dialplan;
				$dialplan->import([['domain_uuid' => $old['domain_uuid'], 'domain_name' => $old['dialplan_context']]]);

				$new = ['app_uuid' => $app_uuid, 'domain_uuid' => $old['domain_uuid']];
				$sql = "select count(*) from v_dialplans where app_uuid = :app_uuid and domain_uuid = :domain_uuid ";
				if ($database->select($sql, $new, 'column') != 1) {
					continue;
				}
				$database->execute("begin");
				if ($old['dialplan_number'] !== $shipped_number) {
					$codes = $new;
					$codes['shipped'] = '\\' . $shipped_number;
					$codes['own'] = '\\' . $old['dialplan_number'];
					$sql = "update v_dialplan_details set dialplan_detail_data = replace(dialplan_detail_data, :shipped, :own) ";
					$sql .= "where dialplan_detail_tag = 'condition' and dialplan_uuid in ";
					$sql .= "(select dialplan_uuid from v_dialplans where app_uuid = :app_uuid and domain_uuid = :domain_uuid) ";
					$database->execute($sql, $codes);
					$sql = "update v_dialplans set dialplan_xml = replace(dialplan_xml, :shipped, :own) ";
					$sql .= "where app_uuid = :app_uuid and domain_uuid = :domain_uuid ";
					$database->execute($sql, $codes);
				}
				$new['number'] = $old['dialplan_number'];
				$new['place'] = $old['dialplan_order'];
				$new['enabled'] = $old['dialplan_enabled'] ? 'true' : 'false';
				$sql = "update v_dialplans set dialplan_number = :number, dialplan_order = :place, dialplan_enabled = :enabled ";
				$sql .= "where app_uuid = :app_uuid and domain_uuid = :domain_uuid ";
				$database->execute($sql, $new);
				$parameters = ['dialplan_uuid' => $old['dialplan_uuid']];
				$database->execute("delete from v_dialplan_details where dialplan_uuid = :dialplan_uuid ", $parameters);
				$database->execute("delete from v_dialplans where dialplan_uuid = :dialplan_uuid ", $parameters);
				$database->execute("commit");
			}
		}
	}

?>
