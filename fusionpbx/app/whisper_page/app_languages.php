<?php

$text['title-whisper_page']['en-us'] = "Whisper Page";
$text['title-whisper_page']['en-gb'] = "Whisper Page";
$text['title-whisper_page']['de-at'] = "Whisper Page";
$text['title-whisper_page']['de-ch'] = "Whisper Page";
$text['title-whisper_page']['de-de'] = "Whisper Page";
$text['title-whisper_page']['es-cl'] = "Whisper Page";
$text['title-whisper_page']['es-mx'] = "Whisper Page";

$text['description-whisper_page']['en-us'] = "Speak to a colleague who is on a call: the colleague hears you, the caller does not.";
$text['description-whisper_page']['en-gb'] = "Speak to a colleague who is on a call: the colleague hears you, the caller does not.";
$text['description-whisper_page']['de-at'] = "Mit einem Kollegen sprechen, der gerade telefoniert: Er hört Sie, sein Gesprächspartner nicht.";
$text['description-whisper_page']['de-ch'] = "Mit einem Kollegen sprechen, der gerade telefoniert: Er hört Sie, sein Gesprächspartner nicht.";
$text['description-whisper_page']['de-de'] = "Mit einem Kollegen sprechen, der gerade telefoniert: Er hört Sie, sein Gesprächspartner nicht.";
$text['description-whisper_page']['es-cl'] = "Hable con un colega que está en una llamada: su colega le oye, la otra persona no.";
$text['description-whisper_page']['es-mx'] = "Hable con un colega que está en una llamada: su colega le oye, la otra persona no.";

$text['label-code']['en-us'] = "Dial";
$text['label-code']['en-gb'] = "Dial";
$text['label-code']['de-at'] = "Wählen";
$text['label-code']['de-ch'] = "Wählen";
$text['label-code']['de-de'] = "Wählen";
$text['label-code']['es-cl'] = "Marque";
$text['label-code']['es-mx'] = "Marque";

$text['label-extension']['en-us'] = "extension";
$text['label-extension']['en-gb'] = "extension";
$text['label-extension']['de-at'] = "Nebenstelle";
$text['label-extension']['de-ch'] = "Nebenstelle";
$text['label-extension']['de-de'] = "Nebenstelle";
$text['label-extension']['es-cl'] = "extensión";
$text['label-extension']['es-mx'] = "extensión";

$text['label-effect']['en-us'] = "What it does";
$text['label-effect']['en-gb'] = "What it does";
$text['label-effect']['de-at'] = "Wirkung";
$text['label-effect']['de-ch'] = "Wirkung";
$text['label-effect']['de-de'] = "Wirkung";
$text['label-effect']['es-cl'] = "Qué hace";
$text['label-effect']['es-mx'] = "Qué hace";

$text['label-enabled']['en-us'] = "Enabled";
$text['label-enabled']['en-gb'] = "Enabled";
$text['label-enabled']['de-at'] = "Aktiv";
$text['label-enabled']['de-ch'] = "Aktiv";
$text['label-enabled']['de-de'] = "Aktiv";
$text['label-enabled']['es-cl'] = "Habilitado";
$text['label-enabled']['es-mx'] = "Habilitado";

$text['label-message']['en-us'] = "Send a message to a colleague, by its number.";
$text['label-message']['en-gb'] = "Send a message to a colleague, by its number.";
$text['label-message']['de-at'] = "Einem Kollegen eine Nachricht schicken, mit ihrer Nummer.";
$text['label-message']['de-ch'] = "Einem Kollegen eine Nachricht schicken, mit ihrer Nummer.";
$text['label-message']['de-de'] = "Einem Kollegen eine Nachricht schicken, mit ihrer Nummer.";
$text['label-message']['es-cl'] = "Enviar un mensaje a un colega, por su número.";
$text['label-message']['es-mx'] = "Enviar un mensaje a un colega, por su número.";

$text['label-number_extension']['en-us'] = "number + * + extension";
$text['label-number_extension']['en-gb'] = "number + * + extension";
$text['label-number_extension']['de-at'] = "Nummer + * + Nebenstelle";
$text['label-number_extension']['de-ch'] = "Nummer + * + Nebenstelle";
$text['label-number_extension']['de-de'] = "Nummer + * + Nebenstelle";
$text['label-number_extension']['es-cl'] = "número + * + extensión";
$text['label-number_extension']['es-mx'] = "número + * + extensión";

$text['label-yes']['en-us'] = "Yes";
$text['label-yes']['en-gb'] = "Yes";
$text['label-yes']['de-at'] = "Ja";
$text['label-yes']['de-ch'] = "Ja";
$text['label-yes']['de-de'] = "Ja";
$text['label-yes']['es-cl'] = "Sí";
$text['label-yes']['es-mx'] = "Sí";

$text['label-no']['en-us'] = "No";
$text['label-no']['en-gb'] = "No";
$text['label-no']['de-at'] = "Nein";
$text['label-no']['de-ch'] = "Nein";
$text['label-no']['de-de'] = "Nein";
$text['label-no']['es-cl'] = "No";
$text['label-no']['es-mx'] = "No";

$text['label-page']['en-us'] = "Speak to a colleague who is on a call.";
$text['label-page']['en-gb'] = "Speak to a colleague who is on a call.";
$text['label-page']['de-at'] = "Mit einem Kollegen sprechen, der gerade telefoniert.";
$text['label-page']['de-ch'] = "Mit einem Kollegen sprechen, der gerade telefoniert.";
$text['label-page']['de-de'] = "Mit einem Kollegen sprechen, der gerade telefoniert.";
$text['label-page']['es-cl'] = "Hablar con un colega que está en una llamada.";
$text['label-page']['es-mx'] = "Hablar con un colega que está en una llamada.";

$text['label-intercom']['en-us'] = "Call a colleague whose phone answers by itself.";
$text['label-intercom']['en-gb'] = "Call a colleague whose phone answers by itself.";
$text['label-intercom']['de-at'] = "Einen Kollegen anrufen, dessen Telefon selbst annimmt.";
$text['label-intercom']['de-ch'] = "Einen Kollegen anrufen, dessen Telefon selbst annimmt.";
$text['label-intercom']['de-de'] = "Einen Kollegen anrufen, dessen Telefon selbst annimmt.";
$text['label-intercom']['es-cl'] = "Llamar a un colega cuyo teléfono contesta solo.";
$text['label-intercom']['es-mx'] = "Llamar a un colega cuyo teléfono contesta solo.";

$text['label-off']['en-us'] = "Switch pages to you off, and on again.";
$text['label-off']['en-gb'] = "Switch pages to you off, and on again.";
$text['label-off']['de-at'] = "Durchsagen an Sie aus- und wieder einschalten.";
$text['label-off']['de-ch'] = "Durchsagen an Sie aus- und wieder einschalten.";
$text['label-off']['de-de'] = "Durchsagen an Sie aus- und wieder einschalten.";
$text['label-off']['es-cl'] = "Desactivar y volver a activar los avisos para usted.";
$text['label-off']['es-mx'] = "Desactivar y volver a activar los avisos para usted.";

$text['message-no_codes']['en-us'] = "This domain has no codes yet: they come when the defaults are upgraded next.";
$text['message-no_codes']['en-gb'] = "This domain has no codes yet: they come when the defaults are upgraded next.";
$text['message-no_codes']['de-at'] = "Diese Domäne hat noch keine Codes: Sie kommen mit der nächsten Aktualisierung der Standardwerte.";
$text['message-no_codes']['de-ch'] = "Diese Domäne hat noch keine Codes: Sie kommen mit der nächsten Aktualisierung der Standardwerte.";
$text['message-no_codes']['de-de'] = "Diese Domäne hat noch keine Codes: Sie kommen mit der nächsten Aktualisierung der Standardwerte.";
$text['message-no_codes']['es-cl'] = "Este dominio aún no tiene códigos: llegan con la próxima actualización de los valores predeterminados.";
$text['message-no_codes']['es-mx'] = "Este dominio aún no tiene códigos: llegan con la próxima actualización de los valores predeterminados.";

$text['button-console']['en-us'] = "Console";
$text['button-console']['en-gb'] = "Console";
$text['button-console']['de-at'] = "Konsole";
$text['button-console']['de-ch'] = "Konsole";
$text['button-console']['de-de'] = "Konsole";
$text['button-console']['es-cl'] = "Consola";
$text['button-console']['es-mx'] = "Consola";

?>
