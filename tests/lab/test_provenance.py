from lab.provenance import images, settings_hash
from tests.lab.made import SETTINGS


def test_the_hash_tells_settings_apart_and_nothing_else() -> None:
    copy = SETTINGS.model_copy()
    other = SETTINGS.model_copy(update={"name": "another"})

    assert settings_hash(copy) == settings_hash(SETTINGS)
    assert settings_hash(other) != settings_hash(SETTINGS)


def test_each_containers_image_is_known_by_its_digest() -> None:
    status = {
        "name": "matching-engine",
        "image": "registry:5000/engine:1",
        "imageID": "registry:5000/engine@sha256:abc",
    }
    pod = {
        "metadata": {"namespace": "matching-engine", "name": "me-shard-a-1"},
        "status": {"containerStatuses": [status]},
    }
    pending = {"metadata": {"namespace": "monitoring", "name": "grafana-1"}, "status": {}}

    assert images([pod, pending]) == [
        {
            "namespace": "matching-engine",
            "pod": "me-shard-a-1",
            "container": "matching-engine",
            "image": "registry:5000/engine:1",
            "digest": "registry:5000/engine@sha256:abc",
        }
    ]
