<?php

	//application details
		$apps[$x]['name'] = "Whisper Page";
		$apps[$x]['uuid'] = "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e10";
		$apps[$x]['category'] = "Switch";
		$apps[$x]['subcategory'] = "";
		$apps[$x]['version'] = "1.0";
		$apps[$x]['license'] = "MIT";
		$apps[$x]['url'] = "";
		$apps[$x]['description']['en-us'] = "Speak privately to a colleague who is on a call.";
		$apps[$x]['description']['en-gb'] = "Speak privately to a colleague who is on a call.";

?>
