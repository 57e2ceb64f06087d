"""gunicorn's configuration: the master verifies and loads the model once, and the workers share it."""

import atexit
import contextlib
import errno
import gc
import logging
import os
import queue
import signal
import socket
import sys
import time

# One computing thread for each worker: more would compete for the cores, and thread pools do not survive a fork.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# Pydantic would look for plugins in the metadata of every installed package. An empty value lets it.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# gunicorn itself would answer 500 to a request that does not begin with this path, such as a check of /health.
if _path := os.environ.pop("SCRIPT_NAME", "").rstrip("/"):
    os.environ["SCORING_PREFIX"] = os.environ.get("SCORING_PREFIX") or _path


def _whole_number(name, usual, low, high):
    from scoring.errors import SettingError
    from scoring.settings import read_whole_number

    try:
        return read_whole_number(os.environ, name, usual, low, high)
    except SettingError as error:
        sys.exit(f"The service does not start. {error}")


# Platforms set PORT and route to any address; without PORT the service answers this machine only.
_port = _whole_number("PORT", 8000, 1, 65535)
bind = f"0.0.0.0:{_port}" if os.environ.get("PORT") else f"127.0.0.1:{_port}"
workers = _whole_number("WEB_CONCURRENCY", 2, 1, 64)
worker_class = "scoring.web.server.worker.BufferingWorker"  # no thread waits for a slow client
threads = 4
keepalive = 95  # seconds; routers of platforms such as Heroku keep connections for up to 90
timeout = 30  # seconds; such platforms wait no longer for an answer
graceful_timeout = 25
limit_request_line = 8190  # gunicorn's maximum: /population has several names and conditions
forwarder_headers = ""  # by default a caller's SCRIPT_NAME is believed where FORWARDED_ALLOW_IPS allows the caller
_as_json = os.environ.get("SCORING_LOG_FORMAT") == "json"  # what is neither json nor plain is refused with the settings
# Platforms switch the access log on.
logger_class = f"scoring.web.server.{'json_log.JsonRouteLogger' if _as_json else 'access_log.RouteLogger'}"
access_log_format = '%(h)s %(t)s "%(r)s" %(s)s %(b)s %(M)s ms %({x-request-id}o)s'
sendfile = False  # it would make a thread wait
control_socket_disable = True
wsgi_app = "fonction_api_prediction:app"

_log = logging.getLogger("scoring")


def on_starting(server):
    """Verify and load in the master: an error stops the start once, with exit code 1 and one message."""
    # Without a handler, all below a warning would be lost, such as checkpoints of the record and changes of the keys.
    _log.setLevel(_log.level or logging.INFO)
    if not _log.hasHandlers():
        handler = logging.StreamHandler()
        if _as_json:
            from scoring.web.server.json_log import JsonFormatter

            handler.setFormatter(JsonFormatter())
            if logging.lastResort:  # writes what packages log, such as those that send traces
                logging.lastResort.setFormatter(handler.formatter)
        _log.addHandler(handler)
    # The cycle collector would visit all that is imported and loaded again and again, and find almost nothing to free.
    gc.disable()
    # Otherwise the sockets are there already, or several services are to share the port.
    if not (server.master_pid or "LISTEN_FDS" in os.environ or server.cfg.reuse_port):
        _refuse_taken_port(server.cfg.address)
    _open_metrics(server)
    import fonction_api_prediction

    fonction_api_prediction.app  # noqa: B018  (made on first access; exits with a message on error)
    from scoring.processes import trim_memory

    gc.enable()
    trim_memory()
    gc.freeze()  # the workers' collectors then do not write to the memory that the workers share


def _refuse_taken_port(addresses, patience=5):
    """End with one message where another program has the port; gunicorn would write ten lines, after the loading."""
    for host, port, *_ in (one for one in addresses if isinstance(one, tuple)):
        until = time.monotonic() + patience  # seconds; a former service may be about to end
        while True:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    tried.bind((host, port))
                    break
                except OSError as error:
                    if error.errno != errno.EADDRINUSE:
                        break  # gunicorn names it
                except OverflowError:
                    sys.exit(f"The service does not start. port {port} of --bind: expected a number from 1 to 65535")
            if time.monotonic() > until:
                shown, other = f"[{host}]" if ":" in host else host, port % 65535 + 1
                named = f"PORT={other}" if port == _port else f"GUNICORN_CMD_ARGS=--bind={shown}:{other}"
                sys.exit(
                    f"The service does not start. Another program already listens at {host}, port {port}. End that "
                    f"program, or name another port: {named}"
                )
            time.sleep(0.2)


def _open_metrics(server):
    """Have every worker count in files of its own, in an empty folder: before the package that counts is imported."""
    from scoring.errors import SettingError
    from scoring.monitoring.metrics.worker_files import VARIABLE, make_folder, open_files
    from scoring.settings import Settings

    with contextlib.suppress(ValueError):  # what is no boolean is refused later, with all other invalid settings
        if not Settings(metrics=os.environ.get("SCORING_METRICS") or True).metrics:
            os.environ.pop(VARIABLE, None)  # whatever it names: nobody counts
            return
    given, master = os.environ.get(VARIABLE), os.getpid()
    try:
        folder = given or make_folder()
        files = open_files(folder)
        if given and not server.master_pid:  # otherwise this is an upgrade, and the former workers still count there
            files.clear()
    except (SettingError, OSError) as error:
        sys.exit(f"The service does not start. {error}")
    os.environ[VARIABLE] = folder
    if not given:
        atexit.register(lambda: os.getpid() == master and files.remove())  # workers inherit this


def child_exit(server, worker):
    """Keep what a worker has counted, but not its files: after many reloads, reading them would take long."""
    from scoring.monitoring.metrics.worker_files import VARIABLE, open_files

    if folder := os.environ.get(VARIABLE):
        open_files(folder).merge_ended()


def post_fork(server, worker):
    """Let a worker end when its master has gone, also while callers are still sending: it would keep the port."""
    from scoring.processes import end_without_parent

    end_without_parent(server.pid, grace=2)


def when_ready(server):
    """Print the address to open in a browser."""
    address = server.cfg.address[0]
    if isinstance(address, tuple) and address[0] == "127.0.0.1" and not _as_json:
        print(f"\n  http://{address[0]}:{address[1]}/\n", file=sys.stderr, flush=True)


def on_reload(server):
    """Load again on SIGHUP; on error, the message is logged and the service continues with the former model.

    The new artefacts are loaded and tried in a child process first: files that end or block a process, or take all
    memory, do so there.
    """
    import fonction_api_prediction as service
    from scoring.decisions.served_model import record_refusal
    from scoring.errors import RecordUnavailable, StartError
    from scoring.processes import release_memory, try_in_child
    from scoring.settings import Settings

    try:
        settings = Settings.from_environment(os.environ)
        seconds = settings.load_seconds + settings.seconds_of_fetching()
        try_in_child(lambda: service.load_app(rehearsal=True), seconds, lambda: _look_after_workers(server))
        service.app = service.load_app(event="reload")
        outcome = "loaded"
    except StartError as error:
        outcome = "refused"
        _log.error("Reload failed, the service continues with the former model. %s", error)
        try:
            record_refusal(service.app.extensions["decisions"], service.app.extensions["scoring"], error)
        except RecordUnavailable as unavailable:
            _log.error("The failed reload is not in the decision record. %s", unavailable)
    if "counters" in service.app.extensions:
        service.app.extensions["counters"].count_reload(outcome)
    gc.unfreeze()  # for the former model to be freed
    release_memory()  # before the new workers get a copy
    gc.freeze()


def _look_after_workers(server):
    """Do what the master does every second; False when it is told to stop."""
    server.reap_workers()
    server.murder_workers()
    server.manage_workers()
    waiting = []
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.append(server.SIG_QUEUE.get_nowait())
    for number in waiting:
        server.SIG_QUEUE.put_nowait(number)
    return not {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT} & set(waiting)
