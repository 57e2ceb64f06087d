from scoring.access.caller import ANYONE
from scoring.web.gate.current_caller import current_caller


def test_a_request_to_a_service_without_keys_comes_from_anyone(app):
    with app.test_request_context("/predict/500000"):
        assert current_caller() == ANYONE
