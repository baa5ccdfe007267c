"""The table steward: an agent that cleans CSV files and hands each over with its reasons.

    encodings readings          bytes → text → table: torn and ragged files are noticed here
    values                      what one cell may mean: missing, number, date
    profiles                    what one column holds
    plans questions             how each column is read; what only a person can say
    cleaning flags              the table made clean, every change, what needs a look
    confidences                 how sure all this is, from the guesses alone
    choices memories            what people decided; it travels in the package
    instructions                feedback in plain words → choices
    charts reports contexts     what is handed over, put together in `packages`
    steward __main__            the loop, on `signoff_client`; the command line

Everything above `steward` is pure: the same bytes and choices give the same package.
"""

__version__ = "1.0"
