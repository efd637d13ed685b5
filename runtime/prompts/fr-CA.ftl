# What differs in Canada.

-hash = carré
