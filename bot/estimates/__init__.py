"""How long a training will take, what memory it needs, and what of the calendar it fits: bands with their sources.

Pure, and the standard library only. `estimate` takes what is to be done, where, and the lab's own measurements; what
rests on no measurement rests on published figures, restated in `figures` and `recipes`, each with its source.
"""
