"""A run in shards on a Ray cluster, then merged. A shard whose worker dies is begun again and goes on from its journal.
    ray_shards.py SCENARIO SHARDS OUT [option of `roundtrip run` ...]        the program: $ROUNDTRIP, or `roundtrip`
$COMMAND, sweep or another study that shards, stands for `run`.
"""
import ctypes, glob, os, pathlib, signal, subprocess, sys

import ray

scenario, shards, out, *options = sys.argv[1:]
program = os.environ.get("ROUNDTRIP", "roundtrip")
command = os.environ.get("COMMAND", "run")
folder = pathlib.Path(out, pathlib.Path(scenario).stem, "" if command == "run" else command)


def dies_with_its_worker():
    """A killed worker's child would go on writing the shard that the next one is to take up (Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


# An exit code is a result here: raised with sys.exit it would be retried, and lost.
@ray.remote(num_cpus=1, max_retries=4)
def shard(number):
    words = [program, command, scenario, *options, "--threads", "1", "-q", "--out", out, "--shard", f"{number}/{shards}"]
    done = subprocess.run(words, capture_output=True, text=True, preexec_fn=dies_with_its_worker)
    return done.returncode, done.stderr


ray.init(address=os.environ.get("RAY_ADDRESS", "local"), log_to_driver=False)
for code, said in ray.get([shard.remote(number) for number in range(1, int(shards) + 1)]):
    if code:
        sys.exit(said)
journals = glob.glob(f"{glob.escape(str(folder))}/shard-*-of-{shards}.journal")
sys.exit(subprocess.run([program, "merge", "-q", *journals, "--out", out]).returncode)
