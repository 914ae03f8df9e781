"""The reviewers' site: output/index.html and what it links, made from the outputs and parameters of a workspace.

It reads what ``run`` wrote and never a ledger, a notebook or a narrative; it writes only its own pages. No page fetches
anything, and none holds a clock: whether something is late follows from its dates, or from the day that was asked for.
"""
