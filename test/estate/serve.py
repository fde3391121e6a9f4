"""Serves moto, a stand-in for AWS, on loopback: prints its port as a line, and then does what it reads, a line each.

    copy    prints the port and the process id of a copy of this server: a fork, which shares nothing from then on

Ends with its standard input; a copy ends with the server that it was copied from.
"""

import ctypes
import os
import signal
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

PR_SET_PDEATHSIG = 1


class Quiet(MotoRequestHandler):
    def log(self, *_: object) -> None:
        pass


def server() -> BaseWSGIServer:
    return make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Quiet)


def say(*words: object) -> None:
    print(*words, flush=True)


def copy(original: BaseWSGIServer) -> None:
    """Memory is copied as it is written to, so a copy of a large estate takes milliseconds. No request may be under way."""
    if os.fork() != 0:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    original.socket.close()
    own = server()
    say(own.port, os.getpid())
    own.serve_forever()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    own = server()
    threading.Thread(target=own.serve_forever, daemon=True).start()
    say(own.port, os.getpid())
    for line in sys.stdin:
        if line.strip() == "copy":
            copy(own)


main()
