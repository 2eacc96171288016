<?php

	$y=0;
	$apps[$x]['menu'][$y]['title']['en-us'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['en-gb'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['de-at'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['de-ch'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['de-de'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['es-cl'] = "Whisper Page";
	$apps[$x]['menu'][$y]['title']['es-mx'] = "Whisper Page";
	$apps[$x]['menu'][$y]['uuid'] = "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e20";
	$apps[$x]['menu'][$y]['parent_uuid'] = "fd29e39c-c936-f5fc-8e2b-611681b266b5";
	$apps[$x]['menu'][$y]['category'] = "internal";
	$apps[$x]['menu'][$y]['icon'] = "";
	$apps[$x]['menu'][$y]['path'] = "/app/whisper_page/whisper_page.php";
	$apps[$x]['menu'][$y]['order'] = "";
	$apps[$x]['menu'][$y]['groups'][] = "superadmin";
	$apps[$x]['menu'][$y]['groups'][] = "admin";
	$apps[$x]['menu'][$y]['groups'][] = "user";

?>
