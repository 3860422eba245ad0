"""What machines sent, what they were told, and whether the API gives back exactly that."""
import contextlib
import http.client
import json
import random
import threading

from wakeful_server import exchange, now_ms, report

STEP_MS = 30_000
DAY_MS = 86_400_000
HELD_BACK = 0.05
PAGE = 10_000


def cpu_of(sequence):
    return sequence * 7 % 1000 / 1000


def memory_of(sequence):
    return sequence * 31 % 5000 * 65_536


def has_container(sequence):
    """It comes and goes."""
    return sequence // 300 % 3 != 2


class Ledger:
    """One machine: which reports it made, and which of them it was told are stored.

    A report's time tells its sequence, so that a sample that is stored twice, or that nobody sent, is seen by its time.
    """

    def __init__(self, name, number, begin_ms, seed):
        self.name, self.number, self.begin_ms = name, number, begin_ms
        self.chance = random.Random(f"{seed} {name}")
        self.key = self.id = None
        self.next_sequence = 1
        self.held = []          # made, kept for later
        self.acknowledged = {}  # in the order of the answers
        self.unanswered = []    # requests; each is a list of sequences
        self.problems = []

    def time_ms(self, sequence):
        return self.begin_ms + sequence * STEP_MS

    def make(self, sequence):
        container = {"name": "web", "state": "running", "metrics": {"container_memory_used_bytes": memory_of(sequence)}}
        return report(sequence, self.time_ms(sequence), run=f"{self.number:08x}{sequence // 3000:08x}", interval_ms=STEP_MS,
                      hostname=self.name, metrics={"host_cpu_ratio": cpu_of(sequence)},
                      containers=[container] if has_container(sequence) else [])

    def _new(self, count):
        made = []
        while len(made) < count:
            sequence, self.next_sequence = self.next_sequence, self.next_sequence + 1
            (self.held if self.chance.random() < HELD_BACK else made).append(sequence)
        return made

    def choose(self):
        """The next request: new reports, late ones, ones that were acknowledged before, or some of each."""
        dice = self.chance.random()
        if dice < 0.4:
            return self._new(1)
        if dice < 0.75:
            return self._new(self.chance.randint(2, 40))
        known = list(self.acknowledged)
        repeats = self.chance.sample(known, min(len(known), self.chance.randint(1, 5)))
        late, self.held = self.held[:5], self.held[5:]
        return repeats + late + self._new(1) if dice < 0.9 else repeats + late or self._new(1)

    def send(self, connection, sequences):
        """Send one request and note its answer. shape  whether the connection goes on"""
        before = sum(sequence in self.acknowledged for sequence in sequences)
        made = [self.make(sequence) for sequence in sequences]
        body = json.dumps(made[0] if len(made) == 1 else made)
        self.unanswered.append(sequences)
        answer = exchange(connection, "POST", "/api/v1/reports", body,
                          {"Authorization": f"Bearer {self.key}", "Wakeful-Sent-Ms": str(now_ms())})
        self.unanswered.pop()
        if answer.status != 200:
            self.problems.append((answer.status, answer.text))
            return False
        got = answer.json
        if (got["acknowledged"], got["repeated"]) != (len(sequences), before):
            self.problems.append((sequences, before, got))
        self.acknowledged.update(dict.fromkeys(sequences))
        return answer.headers.get("Connection", "").lower() != "close"

    # Reading back.
    def read(self, server, first, last, entity="host", metric="host_cpu_ratio"):
        """{time: value} of the samples from one sequence to another."""
        found, before = {}, self.time_ms(last) + STEP_MS
        while True:
            got = server.api(f"/servers/{self.id}/samples?entity={entity}&metrics={metric}&limit={PAGE}"
                             f"&from_ms={self.time_ms(first)}&before_ms={before}")
            times = got["time_ms"]
            assert times == sorted(set(times)), f"{self.name}: times twice or out of order"
            assert not found.keys() & set(times)
            found.update(zip(times, got["columns"][metric]))
            if not got["more"]:
                return found
            before = times[0]

    def settle(self, server):
        """Send again what got no answer: the server says repeated exactly where it has the sample."""
        while self.unanswered:
            sequences = self.unanswered.pop()
            there = self.read(server, min(sequences), max(sequences))
            stored = sum(self.time_ms(sequence) in there for sequence in sequences)
            answer = server.send(self.key, [self.make(sequence) for sequence in sequences],
                                 {"Wakeful-Sent-Ms": str(now_ms())})
            assert answer.status == 200, answer.text
            assert (answer.json["acknowledged"], answer.json["repeated"]) == (len(sequences), stored), (self.name, sequences)
            self.acknowledged.update(dict.fromkeys(sequences))

    def assert_same(self, server, first=0):
        """Of the sequences from first on: all that were acknowledged, nothing else, each once, each with its values."""
        wanted = {sequence for sequence in self.acknowledged if sequence >= first}
        self._compare(self.read(server, first, self.next_sequence), {self.time_ms(one): cpu_of(one) for one in wanted})
        self._compare(self.read(server, first, self.next_sequence, "container:web", "container_memory_used_bytes"),
                      {self.time_ms(one): memory_of(one) for one in wanted if has_container(one)})

    def _compare(self, got, wanted):
        lost, extra = wanted.keys() - got.keys(), got.keys() - wanted.keys()
        assert not lost, f"{self.name}: {len(lost)} acknowledged samples are lost, the first at {min(lost)}"
        assert not extra, f"{self.name}: {len(extra)} samples are there that were not sent, or twice: {sorted(extra)[:5]}"
        wrong = [time for time in wanted if got[time] != wanted[time]]
        assert not wrong, f"{self.name}: {len(wrong)} values are wrong: {[(t, got[t], wanted[t]) for t in wrong[:5]]}"

    def count_in_days(self, server):
        """How many samples the roll-ups of whole days hold."""
        begin = self.begin_ms // DAY_MS * DAY_MS
        got = server.api(f"/series?series={self.id}/host/host_cpu_ratio&from_ms={begin}"
                         f"&before_ms={self.time_ms(self.next_sequence) + DAY_MS}&step_ms={DAY_MS}")
        return sum(got["series"][0]["count"])


class Sender(threading.Thread):
    """Sends a ledger's reports over one connection, as fast as it can."""

    def __init__(self, server, ledger):
        super().__init__(daemon=True)
        self.server, self.ledger = server, ledger
        self.first_answer, self.enough = threading.Event(), threading.Event()

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(self.server.connect()) as connection:
            connection.connect()
            going = True
            while going and not self.enough.is_set():
                going = self.ledger.send(connection, self.ledger.choose())
                self.first_answer.set()


@contextlib.contextmanager
def sending(server, ledgers):
    senders = [Sender(server, ledger) for ledger in ledgers]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        for sender in senders:
            sender.enough.set()
        for sender in senders:
            sender.join(30)
            assert not sender.is_alive()
