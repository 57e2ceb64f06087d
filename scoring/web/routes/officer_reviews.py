"""Reviews by people: ``/decisions/<decision_id>/review-request`` and ``/override``, and the queue ``/reviews``."""

from flask import Blueprint, Response, request

from scoring.decisions.reviews import Reviews
from scoring.service import Service
from scoring.web.answers import json_answer
from scoring.web.body.request_body import parse_json, read_json_content
from scoring.web.parameters import takes
from scoring.web.request_headers import caller_facts
from scoring.web.routes.decision_history import read_limit, read_text, visible_to_caller


def blueprint(service: Service, reviews: Reviews) -> Blueprint:
    """Serve reviews."""
    routes = Blueprint("reviews", __name__)

    @routes.post("/decisions/<decision_id>/review-request")
    def request_review(decision_id: str) -> Response:
        given = parse_json(read_json_content(request))
        return json_answer(reviews.request(decision_id, given, caller_facts(), visible_to_caller(service)))

    @routes.post("/decisions/<decision_id>/override")
    def override(decision_id: str) -> Response:
        given = parse_json(read_json_content(request))
        return json_answer(reviews.override(decision_id, given, caller_facts(), visible_to_caller(service)))

    @routes.get("/reviews")
    @takes("after", "limit")
    def list_waiting() -> Response:
        return json_answer(reviews.queue(read_text("after"), read_limit(), visible_to_caller(service)))

    return routes
