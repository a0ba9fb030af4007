"""Lets a fault happen: kills, cuts, empties, or tells the sandbox to refuse."""

from contextlib import suppress

from redis.exceptions import RedisError

from tests.chaos.faults import Fault, Kind
from tests.chaos.leaks import Sentinel
from tests.chaos.machine import WORKERS, Machine

_SERVERS = {Kind.WEB_KILLED: "web", Kind.CLOCKWORK_KILLED: "clockwork"}
_ANSWERS = {
    Kind.REFUSED: "status",
    Kind.BROKEN: "status",
    Kind.DROPPED: "drop",
    Kind.TRUNCATED: "truncate",
}


def strike(fault: Fault, machine: Machine, sentinel: Sentinel) -> None:
    """Do it now; what dies is started again after the fault's `seconds`."""
    processes, redis = machine.processes, machine.redis
    worker = WORKERS[int(fault.luck * len(WORKERS))]
    match fault.kind:
        case Kind.WORKER_KILLED:
            processes.kill(worker, back_in=fault.seconds)
        case Kind.CHILD_KILLED:
            # Whichever works; where neither does, the worker itself goes.
            others = [worker, *(name for name in WORKERS if name != worker)]
            if not any(processes.kill_child(name, luck=fault.luck * 2 % 1) for name in others):
                processes.kill(worker, back_in=fault.seconds)
        case Kind.WEB_KILLED | Kind.CLOCKWORK_KILLED:
            processes.kill(_SERVERS[fault.kind], back_in=fault.seconds)
        case Kind.CONNECTIONS_CUT:
            machine.cut_connections()
        case Kind.QUEUE_EMPTIED:
            _look(machine, sentinel)
            with suppress(RedisError):  # a fault before this one may have it down just now
                redis.flushall()
        case Kind.QUEUE_RESTARTED:
            with suppress(RedisError):  # a fault before this one may have it down just now
                redis.save()
            processes.kill("valkey", back_in=fault.seconds)
        case Kind.QUEUE_LOST:
            _look(machine, sentinel)
            (machine.folder / "dump.rdb").unlink(missing_ok=True)
            processes.kill("valkey", back_in=fault.seconds)
        case Kind.TOKENS_EXPIRED:
            machine.crm_side.expire_tokens()
        case _:
            machine.lab.control("faults", _wanted(fault, machine))


def _look(machine: Machine, sentinel: Sentinel) -> None:
    with suppress(RedisError):  # a fault before this one may have it down just now
        sentinel.look_into_queue(machine.redis)


def _wanted(fault: Fault, machine: Machine) -> dict[str, object]:
    return {
        "path": machine.crm_side.api_paths,
        "kind": _ANSWERS[fault.kind],
        "status": fault.status,
        "times": fault.times,
        "applied": fault.applied and fault.kind is not Kind.REFUSED,
    }
