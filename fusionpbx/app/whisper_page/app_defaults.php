<?php

//show the page in the menus and permit it to its groups, once: what administrators change later is kept
	if ($domains_processed == 1) {
		$parameters = ['permission_name' => 'whisper_page_view'];
		//FusionPBX itself adds the permission after this, in the same upgrade
		if ($database->select("select count(*) from v_permissions where permission_name = :permission_name ", $parameters, 'column') == 0) {
			list($permission, $item) = (function () {
				$apps = [];
				$x = $y = 0;
				include __DIR__ . "/app_config.php";
				include __DIR__ . "/app_menu.php";
				return [$apps[0]['permissions'][0], $apps[0]['menu'][0]];
			})();
			$group_uuids = [];
			foreach ($database->select("select group_name, group_uuid from v_groups where domain_uuid is null ", null, 'all') ?: [] as $row) {
				$group_uuids[$row['group_name']] = $row['group_uuid'];
			}
			$database->execute("begin");
			foreach (array_intersect($permission['groups'], array_keys($group_uuids)) as $group_name) {
				$granted = ['permission_name' => $permission['name'], 'group_name' => $group_name];
				$sql = "select count(*) from v_group_permissions where permission_name = :permission_name and group_name = :group_name ";
				if ($database->select($sql, $granted, 'column') == 0) {
					$sql = "insert into v_group_permissions (group_permission_uuid, permission_name, permission_protected, permission_assigned, group_name, group_uuid) ";
					$sql .= "values (:uuid, :permission_name, 'false', 'true', :group_name, :group_uuid) ";
					$database->execute($sql, $granted + ['uuid' => uuid(), 'group_uuid' => $group_uuids[$group_name]]);
				}
			}
			$sql = "select m.menu_uuid, m.menu_language, p.menu_item_uuid from v_menus m join v_menu_items p on p.menu_uuid = m.menu_uuid ";
			$sql .= "where p.uuid = :parent_uuid and not exists (select 1 from v_menu_items i where i.menu_uuid = m.menu_uuid and i.uuid = :uuid) ";
			foreach ($database->select($sql, ['parent_uuid' => $item['parent_uuid'], 'uuid' => $item['uuid']], 'all') ?: [] as $menu) {
				$own = ['menu_uuid' => $menu['menu_uuid'], 'menu_item_uuid' => uuid()];
				$sql = "insert into v_menu_items (menu_item_uuid, menu_uuid, menu_item_parent_uuid, uuid, menu_item_title, menu_item_link, menu_item_category) ";
				$sql .= "values (:menu_item_uuid, :menu_uuid, :parent_uuid, :uuid, :title, :link, :category) ";
				$title = $item['title'][$menu['menu_language']] ?? $item['title']['en-us'];
				$database->execute($sql, $own + ['parent_uuid' => $menu['menu_item_uuid'], 'uuid' => $item['uuid'], 'title' => $title, 'link' => $item['path'], 'category' => $item['category']]);
				foreach ((new text)->languages as $code) {
					$sql = "insert into v_menu_languages (menu_language_uuid, menu_uuid, menu_item_uuid, menu_language, menu_item_title) ";
					$sql .= "values (:uuid, :menu_uuid, :menu_item_uuid, :code, :title) ";
					$database->execute($sql, $own + ['uuid' => uuid(), 'code' => $code, 'title' => $item['title'][$code] ?? $item['title']['en-us']]);
				}
				foreach (array_intersect($item['groups'], array_keys($group_uuids)) as $group_name) {
					$sql = "insert into v_menu_item_groups (menu_item_group_uuid, menu_uuid, menu_item_uuid, group_name, group_uuid) ";
					$sql .= "values (:uuid, :menu_uuid, :menu_item_uuid, :group_name, :group_uuid) ";
					$database->execute($sql, $own + ['uuid' => uuid(), 'group_name' => $group_name, 'group_uuid' => $group_uuids[$group_name]]);
				}
			}
			$database->execute("commit");
		}
	}

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
