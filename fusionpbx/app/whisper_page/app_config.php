<?php

	//application details
		$apps[$x]['name'] = "Whisper Page";
		$apps[$x]['uuid'] = "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e10";
		$apps[$x]['category'] = "Switch";
		$apps[$x]['subcategory'] = "";
		$apps[$x]['version'] = "1.1";
		$apps[$x]['license'] = "MIT";
		$apps[$x]['url'] = "";
		$apps[$x]['description']['en-us'] = "Speak privately to a colleague who is on a call.";
		$apps[$x]['description']['en-gb'] = "Speak privately to a colleague who is on a call.";
		$apps[$x]['description']['de-de'] = "Mit einem Kollegen sprechen, der gerade telefoniert.";
		$apps[$x]['description']['es-cl'] = "Hablar en privado con un colega que está en una llamada.";

	//permission details
		$y=0;
		$apps[$x]['permissions'][$y]['name'] = "whisper_page_view";
		$apps[$x]['permissions'][$y]['menu']['uuid'] = "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e20";
		$apps[$x]['permissions'][$y]['groups'][] = "superadmin";
		$apps[$x]['permissions'][$y]['groups'][] = "admin";
		$apps[$x]['permissions'][$y]['groups'][] = "user";

	//default settings
		$y=0;
		$apps[$x]['default_settings'][$y]['default_setting_uuid'] = "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e30";
		$apps[$x]['default_settings'][$y]['default_setting_category'] = "whisper_page";
		$apps[$x]['default_settings'][$y]['default_setting_subcategory'] = "console_url";
		$apps[$x]['default_settings'][$y]['default_setting_name'] = "text";
		$apps[$x]['default_settings'][$y]['default_setting_value'] = "";
		$apps[$x]['default_settings'][$y]['default_setting_enabled'] = "true";
		$apps[$x]['default_settings'][$y]['default_setting_description'] = "Where browsers reach the console of Whisper Page, https://HOST/; empty: no link.";

?>
