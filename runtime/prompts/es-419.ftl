# What differs in Latin America.

-hash = numeral
say-day = { $day ->
    [1] primero
   *[other] { $day }
}
park-call_placed_in_spot = Su llamada está estacionada en el lugar
park-already_in_use = Ese lugar ya está ocupado.
