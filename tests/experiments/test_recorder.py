"""Results are kept as they come, belong to what made them, and no file of others is touched."""

import json
import platform
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import companion
from companion import experiments
from companion.experiments import __main__, _recorder


def experiment(settings="first", fails_at=None):
    """Squares of three numbers, and then what only the largest makes known."""

    def cases(runs):
        known = [{"number": n} for n in (1, 2, 3)]
        return known + [{"number": 10}] * (len(runs) >= 3)

    def run(case):
        if case["number"] == fails_at:
            raise KeyboardInterrupt
        made.append(case["number"])
        return {"square": float(case["number"] ** 2), "odd": [np.inf, 1 / 3]}

    made = []
    return SimpleNamespace(
        SETTINGS={"which": settings}, data=lambda: {"real": True}, cases=cases, run=run, made=made
    )


def recording(runs):
    """The text of a file with these runs."""
    head = '{"experiment": "squares", "date": "", "versions": {}, "hardware": {}, "data": {}, '
    return f'{head}"settings": {{}}, "runs": {runs}}}'


def recorded(file, one, **options):
    _recorder.record("squares", one, file, **options)
    return _recorder.read(file, "squares")


def test_each_case_is_run_once_also_those_that_results_make_known(tmp_path):
    found = recorded(tmp_path / "a.json", one := experiment())
    assert one.made == [1, 2, 3, 10]
    assert [run["square"] for run in found["runs"]] == [1, 4, 9, 100]
    recorded(tmp_path / "a.json", one)
    assert len(one.made) == 4


@pytest.mark.parametrize("stop", [2, 10])
def test_interrupted_and_taken_up_again_it_writes_the_same_file(tmp_path, stop):
    recorded(tmp_path / "whole.json", experiment())
    with pytest.raises(KeyboardInterrupt):
        recorded(tmp_path / "parts.json", experiment(fails_at=stop))
    recorded(tmp_path / "parts.json", rest := experiment())
    assert rest.made[0] == stop
    assert (tmp_path / "parts.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts.json", "whole.json"]


def test_a_file_that_is_cut_off_while_it_is_written_leaves_the_old_one(tmp_path, monkeypatch):
    found = recorded(tmp_path / "a.json", experiment())
    monkeypatch.setattr(_recorder.os, "replace", lambda *names: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):
        recorded(tmp_path / "a.json", experiment("second"), fresh=True)
    assert _recorder.read(tmp_path / "a.json", "squares") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        ('{"experiment": "squa', "is damaged"),
        ("[1, 2]", "holds no recording"),
        ('{"experiment": "squares"}', "holds no recording"),
        (b"\xff\xfe", "is damaged"),
        (recording("null"), "holds no recording"),
        (recording("[1]"), "holds no recording"),
        (recording('[{"square": 1}]'), "holds no recording"),
        (recording('[{"case": {}, "square": NaN}]'), "is damaged.*NaN is no JSON"),
    ],
)
@pytest.mark.parametrize("fresh", [False, True])
def test_what_is_no_recording_is_an_error_and_stays_as_it_is(tmp_path, text, message, fresh):
    file, content = tmp_path / "a.json", text if isinstance(text, bytes) else text.encode()
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        recorded(file, experiment(), fresh=fresh)
    assert file.read_bytes() == content


def test_the_recording_of_another_experiment_is_not_overwritten(tmp_path):
    recorded(tmp_path / "a.json", experiment())
    with pytest.raises(ValueError, match="holds 'squares', not 'cubes'"):
        _recorder.record("cubes", experiment(), tmp_path / "a.json", fresh=True)


def test_runs_with_other_settings_are_refused_unless_all_is_made_anew(tmp_path):
    recorded(tmp_path / "a.json", experiment())
    with pytest.raises(ValueError, match=r"made with other settings: .*first.*second"):
        recorded(tmp_path / "a.json", experiment("second"))
    found = recorded(tmp_path / "a.json", one := experiment("second"), fresh=True)
    assert len(one.made) == len(found["runs"]) == 4
    assert found["settings"] == {"which": "second"}


def test_runs_of_other_versions_are_refused(tmp_path, monkeypatch):
    recorded(tmp_path / "a.json", experiment())
    monkeypatch.setattr(_recorder.np, "__version__", "0.1")
    with pytest.raises(ValueError, match="made with other versions"):
        recorded(tmp_path / "a.json", experiment())


def test_a_word_chooses_some_cases_and_the_others_stay(tmp_path):
    assert len(recorded(tmp_path / "a.json", experiment(), only="2")["runs"]) == 1
    recorded(tmp_path / "a.json", rest := experiment())
    assert rest.made == [1, 3, 10]


def test_what_is_no_case_any_more_goes(tmp_path):
    recorded(tmp_path / "a.json", one := experiment())
    one.cases = lambda runs: [{"number": 2}, {"number": 4}]
    found = recorded(tmp_path / "a.json", one)
    assert [run["case"]["number"] for run in found["runs"]] == [2, 4]
    one.cases = lambda runs: [{"number": 4}]
    assert [run["case"]["number"] for run in recorded(tmp_path / "a.json", one)["runs"]] == [4]
    assert one.made == [1, 2, 3, 10, 4]


def test_versions_machine_data_and_settings_stand_in_the_file(tmp_path):
    found = recorded(tmp_path / "a.json", experiment())
    assert found["versions"] == {
        "companion": companion.__version__,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
    assert found["hardware"].keys() == {"processor", "cores", "GPU"}
    assert found["data"] == {"real": True}
    assert found["date"]


def test_numbers_have_five_digits_and_what_is_not_finite_is_null(tmp_path):
    recorded(tmp_path / "a.json", experiment())
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text)["runs"][0]["odd"] == [None, 0.33333]


def test_numbers_of_numpy_are_numbers_and_what_json_has_no_word_for_is_refused(tmp_path):
    run = {"a": np.float32(0.5), "b": np.array([[1.0, np.nan]]), "c": (1, np.int64(2)), "d": None}
    kept = {"a": 0.5, "b": [[1.0, None]], "c": [1, 2], "d": None}
    assert _recorder.rounded(run) == kept
    assert json.dumps(_recorder.rounded(run)) == json.dumps(kept)
    one = experiment()
    one.run = lambda case: {"square": {1, 2}}
    with pytest.raises(TypeError, match="not set"):
        recorded(tmp_path / "a.json", one)
    assert list(tmp_path.iterdir()) == []


def test_a_word_that_no_case_has_is_an_error_and_so_is_a_case_that_stands_there_twice(tmp_path):
    with pytest.raises(ValueError, match="no case has 'zzz'; there are: 1, 2, 3"):
        recorded(tmp_path / "a.json", one := experiment(), only="zzz")
    with pytest.raises(ValueError, match="choose one"):
        recorded(tmp_path / "a.json", one, only="2", fresh=True)
    one.cases = lambda runs: [{"number": 2}] * 2
    with pytest.raises(ValueError, match="the same case twice"):
        recorded(tmp_path / "a.json", one)
    assert one.made == []


def test_a_folder_that_is_missing_is_told_before_anything_is_run(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*missing"):
        recorded(tmp_path / "missing" / "a.json", one := experiment())
    assert one.made == []


def test_two_cannot_record_into_one_file_at_once(tmp_path):
    with _recorder.alone(tmp_path / "a.json"), pytest.raises(ValueError, match=r"a\.json\.lock"):
        recorded(tmp_path / "a.json", experiment())
    recorded(tmp_path / "a.json", one := experiment())
    assert len(one.made) == 4


def test_what_was_never_recorded_is_named_and_what_was_too():
    with pytest.raises(FileNotFoundError, match=r"no results of 'nothing'; recorded: .*race"):
        experiments.load("nothing")


def test_the_command_says_what_is_wrong_in_one_line(tmp_path, capsys, dots):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(SystemExit) as end:
        __main__.main(["race", "--out", str(tmp_path / "a.json")])
    assert end.value.code == 1
    assert "is damaged" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        __main__.main(["nothing"])
    assert "invalid choice: 'nothing'" in capsys.readouterr().err
