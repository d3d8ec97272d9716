"""How a side answers: a command a line on standard input, a JSON document a line on standard output."""

import json
import os
import sys


def answer_commands(peer_type):
    """Calls a method of the peer for each line, which names it and its arguments; an exception is an answer too."""
    # What others print must not get among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = None
    for line in sys.stdin:
        command, *arguments = line.split()
        try:
            peer = peer or peer_type(sys.argv[1])
            answer = getattr(peer, command)(*arguments)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)
