"""What leaves this server by a link.

lens          what of a run somebody may see, live and as a copy
frozen        the copy itself
tokens        addresses that a dump of the database does not open
preview_card  the picture that stands for a link elsewhere
share_words   what a shared page says of itself
"""
