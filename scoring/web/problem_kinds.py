"""Every kind of problem that has a type of its own: HTTP status, title, what it means, and the remedy."""

from http import HTTPStatus
from typing import NamedTuple

from scoring import errors
from scoring.errors import RequestError


class ProblemKind(NamedTuple):
    """One kind of problem; docs/problems.md has the same texts."""

    status: HTTPStatus
    title: str
    meaning: str
    remedy: str

    @property
    def urn(self) -> str:
        """The ``type`` of the problem document.

        >>> NOT_READY.urn
        'urn:problem:not-ready'
        """
        return f"urn:problem:{self.name}"

    @property
    def name(self) -> str:
        """The last part of the ``type``."""
        return _hyphenate(self.title)


def name_status(status: HTTPStatus) -> str:
    """Name the kind of a problem that has no type of its own.

    >>> name_status(HTTPStatus.METHOD_NOT_ALLOWED)
    'method-not-allowed'
    """
    return _hyphenate(status.phrase)


def _hyphenate(title: str) -> str:
    return title.lower().replace(" ", "-")


NOT_READY = ProblemKind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Not ready",
    "A golden record does not get the probability that it had when the model was published.",
    "Send no requests to this process; restore the model's files, and load them again.",
)
KINDS: dict[type[RequestError], ProblemKind] = {
    errors.InvalidClientNumber: ProblemKind(
        HTTPStatus.BAD_REQUEST,
        "Not a client number",
        "The text in the address does not have the form of this model's client numbers.",
        "Send a number of the form that `detail` describes.",
    ),
    errors.InvalidParameter: ProblemKind(
        HTTPStatus.BAD_REQUEST,
        "Invalid query parameter",
        "A query parameter is unknown, is given more than once, or has an invalid value.",
        "Correct or remove the parameters that `errors` lists.",
    ),
    errors.UnreadableBody: ProblemKind(
        HTTPStatus.BAD_REQUEST,
        "Unreadable body",
        "The body is not what its Content-Type declares, or it breaks off.",
        "Send the whole body, valid JSON in UTF-8.",
    ),
    errors.KeyRequired: ProblemKind(
        HTTPStatus.UNAUTHORIZED,
        "Key required",
        "The request has no API key, or one that is mistyped, unknown, revoked or expired.",
        "Send a valid key: `Authorization: Bearer <key>`; in a browser, type it as the password.",
    ),
    errors.NotAllowed: ProblemKind(
        HTTPStatus.FORBIDDEN,
        "Not allowed",
        "The API key is valid, but it does not allow this request; or a page of another site sent the request.",
        "Ask the operator for a key with the scope that `detail` names.",
    ),
    errors.TooManyRequests: ProblemKind(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "More requests were sent with this key, or from this address, than the limit allows.",
        "Wait as many seconds as the header Retry-After says.",
    ),
    errors.UnknownClient: ProblemKind(
        HTTPStatus.NOT_FOUND,
        "Unknown client",
        "The client number is well formed, but no client has it.",
        "Check the number; `GET /clients` lists the known ones.",
    ),
    errors.FactsUnavailable: ProblemKind(
        HTTPStatus.NOT_FOUND,
        "No facts kept for this client",
        "The client is known only as a model-ready row, without a raw application.",
        "Use `GET /predict/{client_id}` and `GET /explain/{client_id}`, which do not need the application.",
    ),
    errors.RowsOnly: ProblemKind(
        HTTPStatus.CONFLICT,
        "Model-ready rows only",
        "The model has no manifest, so that raw applications cannot be read.",
        'Send model-ready rows, `{"data": [...]}`, with the columns of `GET /features`.',
    ),
    errors.NoStoredHistory: ProblemKind(
        HTTPStatus.CONFLICT,
        "No stored history",
        "Stored history was requested for an application without a client number, or for model-ready rows.",
        "Give the client number in each application, or use `history=known`, which imputes the history of all others. "
        "With model-ready rows, leave `history` out.",
    ),
    errors.BodyTooLarge: ProblemKind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "Too much at once",
        "The body has more bytes, records or values than one request may have.",
        "Send several requests.",
    ),
    errors.UnsupportedBody: ProblemKind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported body",
        "The body's Content-Type, character set or Content-Encoding is not one that the route accepts.",
        "Send the body as `detail` says, and not compressed.",
    ),
    errors.UnreadableTable: ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Unreadable table",
        "The file is not a table, is too large, or can be read in two ways.",
        "Correct the file as `text` says; where `readings` has two numbers, choose one with `decimal=`.",
    ),
    errors.InvalidApplication: ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Invalid application",
        "The body was parsed, but it has invalid values or another shape; nothing was scored.",
        "Correct all values that `errors` lists, by field and record.",
    ),
    errors.UnknownDecision: ProblemKind(
        HTTPStatus.NOT_FOUND,
        "Unknown decision",
        "No recorded decision has this id.",
        "Take the `decision_id` of a decision object; `GET /decisions` lists the recorded ones.",
    ),
    errors.ReviewConflict: ProblemKind(
        HTTPStatus.CONFLICT,
        "Review conflict",
        "In this state of the review, the API key cannot be used to override the decision; nothing was recorded.",
        "Let another officer, with an API key of their own, confirm the decision.",
    ),
    errors.NotReviewable: ProblemKind(
        HTTPStatus.CONFLICT,
        "Decision cannot be reviewed",
        "The personal data of the decision was erased, so that nobody can review it; nothing was recorded.",
        "Ask for a new decision on the applicant, and review that one.",
    ),
    errors.InvalidReview: ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Invalid review",
        "The body was parsed, but it has invalid values; nothing was recorded.",
        "Correct all values that `errors` lists.",
    ),
    errors.NotExplainable: ProblemKind(
        HTTPStatus.CONFLICT,
        "Decision cannot be explained",
        "The personal data of the decision was erased, or the version of the model that made it cannot be loaded.",
        "Show the decision without its explanation: `GET /decisions/{decision_id}`.",
    ),
    errors.NoRecord: ProblemKind(
        HTTPStatus.CONFLICT,
        "No decision record",
        "Decisions are not recorded, so that none can be shown.",
        "Set `SCORING_DECISIONS`, and start the service again.",
    ),
    errors.RecordUnavailable: ProblemKind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Record unavailable",
        "The decision record cannot be written or read now. Nothing was decided.",
        "Send the request again after the seconds in `Retry-After`.",
    ),
    errors.ClientsUnavailable: ProblemKind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Clients unavailable",
        "The store of known clients cannot be read now. Nothing was decided.",
        "Send the request again after the seconds in `Retry-After`.",
    ),
}
ALL_KINDS = (*KINDS.values(), NOT_READY)
