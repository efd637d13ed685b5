# What the system says to callers, in Spanish. See en.ftl.

-hash = almohadilla

## Menus, connecting and faults

menu-no_prompt = Este menú todavía no tiene saludo. Para grabar uno, introduzca el PIN de grabación del menú.
menu-invalid_entry = Lo sentimos, esa opción no es válida.
menu-exit = Lo sentimos, no hemos entendido su elección.
menu-transferring_call = Un momento, por favor. Le estamos comunicando.
menu-return = Volvemos al menú.
fault-can_not_be_completed_as_dialed = Su llamada no se puede completar con el número marcado. Por favor, compruebe el número e inténtelo de nuevo.
fault-can_not_be_completed_at_this_time = Su llamada no se puede completar en este momento. Por favor, inténtelo más tarde.
fault-facility_trouble = Por un problema técnico no podemos completar su llamada. Por favor, inténtelo más tarde.
fault-too_many_invalid_entries = Ha habido demasiados errores. Hasta luego.
general-call_is_being_recorded = Esta llamada está siendo grabada.
ivr-group_confirm = Tiene una llamada. Para aceptarla, pulse 1.
temporal-menu = Para activar este horario, pulse 1. Para desactivarlo, pulse 2. Para volver a seguir el reloj, pulse 3.
temporal-marked_enabled = El horario está ahora activado.
temporal-marked_disabled = El horario está ahora desactivado.
temporal-marker_reset = El horario vuelve a seguir el reloj.
dynamic-cid-enter_cid = Por favor, introduzca el número que verá la persona a la que llama y después pulse { -hash }.
dynamic-cid-invalid_using_default = Ese número no se puede mostrar. Se usará su número habitual.

## Voicemail

vm-person = La persona de la extensión
vm-not_available = no está disponible.
vm-person_not_available = La persona a la que llama no está disponible. Por favor, deje un mensaje.
vm-greeting_intro = Hola. Este es el buzón de voz de
vm-not_available_no_voicemail = La persona a la que llama no está disponible y no tiene buzón de voz.
vm-record_message = Por favor, deje su mensaje después de la señal. Cuando termine, cuelgue, o pulse cualquier tecla para más opciones.
vm-review_recording = Para guardar la grabación, pulse 1. Para escucharla, pulse 2. Para grabarla de nuevo, pulse 3.
vm-saved = Guardado.
vm-deleted = Borrado.
vm-thank_you = Gracias.
vm-goodbye = Hasta luego.
vm-mailbox_full = Este buzón está lleno y no admite más mensajes.
vm-recording_to_short = La grabación es demasiado corta. Por favor, grábela de nuevo.
vm-enter_id = Por favor, introduzca su número de buzón y después pulse { -hash }.
vm-enter_pass = Por favor, introduzca su PIN y después pulse { -hash }.
vm-fail_auth = El número de buzón o el PIN es incorrecto.
vm-abort = Ha habido demasiados intentos. Hasta luego.
vm-no_access = Este buzón no se puede abrir desde aquí. Primero necesita un PIN.
vm-main_menu = Para escuchar los mensajes nuevos, pulse 1. Para escuchar los mensajes guardados, pulse 2. Para cambiar sus ajustes, pulse 5. Para salir, pulse { -hash }.
vm-main_menu_not_configurable = Para escuchar los mensajes nuevos, pulse 1. Para escuchar los mensajes guardados, pulse 2. Para salir, pulse { -hash }.
vm-message_menu = Para conservar este mensaje, pulse 1. Para escucharlo de nuevo, pulse 2. Para reenviarlo, pulse 3. Para el mensaje anterior, pulse 4. Para el mensaje siguiente, pulse 6. Para borrar este mensaje, pulse 7. Para llamar a quien lo dejó, pulse 9. Para el menú principal, pulse 0.
vm-settings_menu = Para grabar su saludo, pulse 1. Para grabar su nombre, pulse 2. Para cambiar su PIN, pulse 3. Para grabar un saludo temporal, pulse 4. Para borrar el saludo temporal, pulse 5. Para no recibir más mensajes y solo reproducir su saludo, pulse 6. Para volver, pulse 0.
vm-settings_menu_announcement_on = Para grabar su saludo, pulse 1. Para grabar su nombre, pulse 2. Para cambiar su PIN, pulse 3. Para grabar un saludo temporal, pulse 4. Para borrar el saludo temporal, pulse 5. Para recibir mensajes de nuevo, pulse 6. Para volver, pulse 0.
vm-message_forwarding = Para grabar primero una introducción, pulse 1. Para enviar el mensaje tal como está, pulse 2. Para cancelar, pulse 0.
vm-you_have = Tiene
vm-new_message = mensaje nuevo.
    .counted = un mensaje nuevo.
vm-new_messages = mensajes nuevos.
    .counted = { say-count } mensajes nuevos.
vm-new_and = nuevos y
    .counted = { $count ->
        [one] un mensaje nuevo y
       *[other] { say-count } mensajes nuevos y
    }
vm-saved_message = mensaje guardado.
    .counted = un mensaje guardado.
vm-saved_messages = mensajes guardados.
    .counted = { say-count } mensajes guardados.
vm-no_messages = No tiene mensajes.
vm-message_number = Mensaje
vm-received = Recibido
vm-a_call_from = Una llamada del
# Followed by a moment: «hoy a las 3 de la tarde», «el viernes 27 de noviembre a las 3 de la tarde».
vm-on = recibida
vm-setup_intro = Le damos la bienvenida a su buzón de voz. Vamos a configurarlo.
vm-setup_rec_greeting = Ahora grabe un saludo para quienes le llamen.
vm-setup_complete = Su buzón está listo.
vm-enter_new_pin = Por favor, introduzca un PIN nuevo de cuatro a seis cifras y después pulse { -hash }.
vm-enter_new_pin_confirm = Por favor, introduzca el PIN nuevo otra vez y después pulse { -hash }.
vm-pin_set = Su PIN ha sido cambiado.
vm-pin_invalid = Los dos PIN son distintos, o el PIN no tiene de cuatro a seis cifras.
vm-record_greeting = Por favor, grabe el saludo después de la señal y luego pulse cualquier tecla.
vm-record_name = Por favor, diga su nombre después de la señal y luego pulse cualquier tecla.
vm-record_temp_greeting = Por favor, grabe el saludo temporal después de la señal y luego pulse cualquier tecla.
vm-enter_forward_id = Por favor, introduzca el número del buzón al que quiere reenviar el mensaje y después pulse { -hash }.
vm-forward_abort = El mensaje no se ha reenviado.
vm-forward_confirmed = El mensaje se ha reenviado.

## Conferences and the directory

conf-welcome = Le damos la bienvenida a la conferencia.
conf-enter_conf_number = Por favor, introduzca el número de la conferencia y después pulse { -hash }.
conf-bad_conf = No hay ninguna conferencia con ese número.
conf-enter_conf_pin = Por favor, introduzca el PIN de la conferencia y después pulse { -hash }.
conf-bad_pin = Ese PIN es incorrecto.
conf-too_many_attempts = Ha habido demasiados intentos. Hasta luego.
conf-max_participants = Esta conferencia está llena.
conf-joining_conference = Está entrando en la conferencia.
conf-alone = No hay nadie más en esta conferencia.
conf-single = Hay otro participante.
conf-there_are = Hay otros
conf-other_participants = participantes.
    .counted = { say-count } participantes.
conf-muted = Su micrófono está silenciado.
conf-unmuted = Los demás le oyen de nuevo.
conf-deaf = Ya no oye a los demás.
conf-undeaf = Oye de nuevo a los demás.
conf-announce_your_name = Por favor, diga su nombre después de la señal y luego pulse cualquier tecla.
conf-review = Para conservar la grabación, pulse 1. Para escucharla, pulse 2. Para grabarla de nuevo, pulse 3.
conf-has_joined = ha entrado en la conferencia.
conf-has_left = ha salido de la conferencia.
dir-enter_person_name = Por favor, use las letras del teclado para escribir el nombre de la persona que busca y después pulse { -hash }.
dir-enter_person_firstname = Por favor, use las letras del teclado para escribir el nombre de pila de la persona que busca y después pulse { -hash }.
dir-enter_person_lastname = Por favor, use las letras del teclado para escribir el apellido de la persona que busca y después pulse { -hash }.
dir-specify_minimum = Por favor, introduzca más letras del nombre.
dir-no_results_found = No se ha encontrado a nadie con ese nombre.
dir-no_more_results = No hay más nombres.
dir-found = Hemos encontrado:
dir-confirm_menu = Para llamar a esta persona, pulse 1. Para buscar de nuevo, pulse 2.
dir-result_number = Resultado
dir-result_menu = Para llamar a esta persona, pulse 1. Para el nombre siguiente, pulse 2. Para buscar de nuevo, pulse 3.
dir-invalid_key = Lo sentimos, esa tecla no tiene ninguna función aquí.

## Services switched from a phone

disa-enter_pin = Por favor, introduzca su PIN y después pulse { -hash }.
disa-invalid_pin = Ese PIN es incorrecto.
disa-retries_exceeded = Ha habido demasiados intentos. Hasta luego.
disa-invalid_extension = Ese número no se puede marcar.
hotdesk-enter_id = Por favor, introduzca su número de puesto compartido y después pulse { -hash }.
hotdesk-enter_pin = Por favor, introduzca su PIN de puesto compartido y después pulse { -hash }.
hotdesk-invalid_entry = El número o el PIN es incorrecto.
hotdesk-logged_in = Ahora este es su teléfono.
hotdesk-logged_out = Ha cerrado la sesión en este teléfono.
hotdesk-abort = Ha habido demasiados intentos. Hasta luego.
hotdesk-disabled = Los puestos compartidos no están configurados para usted.
dnd-activated = La función de no molestar está activada.
dnd-deactivated = La función de no molestar está desactivada.
dnd-not_available = La función de no molestar no se puede cambiar desde este teléfono.
cw-activated = La llamada en espera está activada.
cw-deactivated = La llamada en espera está desactivada.
cw-not_available = La llamada en espera no se puede cambiar desde este teléfono.
cf-now_forwarded_to = Sus llamadas se desvían ahora al
cf-disabled = Sus llamadas ya no se desvían.
cf-enter_number = Por favor, introduzca el número al que quiere desviar sus llamadas y después pulse { -hash }.
cf-enabled_menu = Sus llamadas se están desviando. Para dejar de desviarlas, pulse 1. Para cambiar el número, pulse 2.
cf-disabled_menu = Sus llamadas no se están desviando. Para desviarlas, pulse 1. Para cambiar el número, pulse 2.
cf-not_available = El desvío no se puede cambiar desde este teléfono.
cf-unauthorized_call = No puede llamar a ese número.
cf-move-no_owner = Este teléfono no está asignado a nadie, por lo que no se puede traer ninguna llamada a él.
cf-move-no_channel = No tiene otra llamada que traer.
cf-move-too_many_channels = Tiene más de una llamada aparte de esta. Por favor, termine todas menos una.

## Queues, parking and picking up

agent-logged_in = Ha iniciado la sesión y recibirá llamadas.
agent-logged_out = Ha cerrado la sesión y no recibirá llamadas.
agent-invalid_choice = Lo sentimos, esa opción no es válida.
agent-already_logged_in = Ya ha iniciado la sesión.
agent-not_call_center_agent = Usted no es miembro de este grupo.
agent-pause = Está en pausa.
agent-resume = Volverá a recibir llamadas.
queue-you_are_at_position = Está en la posición
queue-in_the_queue = de la cola.
queue-the_estimated_wait_time_is = El tiempo de espera estimado es
queue-about_5_minutes = de unos cinco minutos.
queue-about_10_minutes = de unos diez minutos.
queue-about_15_minutes = de unos quince minutos.
queue-about_30_minutes = de unos treinta minutos.
queue-about_45_minutes = de unos cuarenta y cinco minutos.
queue-about_1_hour = de aproximadamente una hora.
queue-at_least_1_hour = de al menos una hora.
queue-less_than_1_minute = de menos de un minuto.
queue-increase_in_call_volume = Estamos recibiendo más llamadas de lo habitual. Gracias por su paciencia.
park-call_placed_in_spot = Su llamada está aparcada en la plaza
park-already_in_use = Esa plaza ya está ocupada.
park-no_caller = No hay ninguna llamada que recoger.
pickup-no_users = Aquí no hay nadie cuyas llamadas se puedan capturar.
pickup-no_channels = No hay ninguna llamada que capturar.
intercept-no_users = Aquí no hay nadie cuyas llamadas se puedan tomar.
intercept-no_channels = No hay ninguna llamada que tomar.
eavesdrop-no_channels = No hay ninguna llamada que escuchar.
camper-queue = Ese teléfono está ocupado. Le llamaremos cuando quede libre.
camper-deny = No puede esperar a que ese teléfono quede libre.

## Keys and signs, spoken one by one

say-star = asterisco
say-hash = { -hash }
say-plus = más

## Numbers before what they count
#
# «Uno» is shortened before a masculine noun.

say-count = { $count ->
    [1] un
    [21] veintiún
    [31] treinta y un
    [41] cuarenta y un
    [51] cincuenta y un
    [61] sesenta y un
    [71] setenta y un
    [81] ochenta y un
    [91] noventa y un
    [101] ciento un
   *[other] { $count }
}

## Dates and times of day

say-weekday = { $weekday ->
    [1] lunes
    [2] martes
    [3] miércoles
    [4] jueves
    [5] viernes
    [6] sábado
   *[7] domingo
}
say-month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}
say-day = { $day }
say-short_date = { say-weekday } { say-day } de { say-month }
say-date = { say-short_date } de { $year }
# What the hour belongs to.
say-half_day = { $hour ->
    [0] de la noche
    [1] de la madrugada
    [2] de la madrugada
    [3] de la madrugada
    [4] de la madrugada
    [5] de la madrugada
    [12] del mediodía
    [20] de la noche
    [21] de la noche
    [22] de la noche
    [23] de la noche
   *[other] { $half ->
        [am] de la mañana
       *[pm] de la tarde
    }
}
say-hours = { $hour12 ->
    [1] la una
   *[other] las { $hour12 }
}
say-clock = { $minute ->
    [0] { say-hours } { say-half_day }
   *[other] { say-hours } y { $minute } { say-half_day }
}
say-time = { say-clock }
say-date_time = { say-short_date } de { $year }, a { say-clock }
say-since = { $when ->
    [today] hoy a { say-clock }
    [yesterday] ayer a { say-clock }
    [year] el { say-short_date } de { $year } a { say-clock }
   *[date] el { say-short_date } a { say-clock }
}
