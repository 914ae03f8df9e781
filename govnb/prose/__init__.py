"""The prose room: which number of a sentence speaks of which figure.

Text → quantities (``quantities``) → tokens (``tokens``, by the words of ``lexicon.yaml``) → claims (``claims``), lists
(``lists``) and shares (``shares``). Pure: opens nothing but its own lexicon, judges nothing, knows no table's values.
"""
