from gradus.core.progress import SILENT, Progress, Silent


class Recorder:
    """Progress that remembers what it was told, in the shape that the protocol asks for."""

    def __init__(self):
        self.told = []

    def start(self, stage, *, total, unit):
        self.told.append(("start", stage, total, unit))

    def update(self, done, **facts):
        self.told.append(("update", done, facts))

    def finish(self):
        self.told.append(("finish",))

    def note(self, text):
        self.told.append(("note", text))


def work(progress: Progress) -> None:
    progress.start("training", total=10, unit="words")
    progress.update(4, loss=2.5)
    progress.note("half")
    progress.finish()


def test_anything_with_the_four_methods_is_progress():
    recorder = Recorder()
    work(recorder)
    assert isinstance(recorder, Progress)
    assert [entry[0] for entry in recorder.told] == ["start", "update", "note", "finish"]


def test_silence_prints_nothing(capsys):
    assert isinstance(SILENT, Silent)
    assert isinstance(SILENT, Progress)
    work(SILENT)
    assert capsys.readouterr() == ("", "")
