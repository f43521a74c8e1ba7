"""One file is one figure: a frozen dataclass whose fields are its parameters.

``n_pages(dataset, labels)`` says how many pages it has, ``page(dataset, labels, number)`` draws one of them.
"""
