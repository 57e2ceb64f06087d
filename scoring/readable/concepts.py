"""Readable names of concepts."""

from collections.abc import Mapping

from scoring.model.schema import Concept, Text

CONCEPTS: Mapping[Concept, Text] = {
    "external_score": Text(en="Scores by outside providers", fr="Scores de fournisseurs extérieurs"),
    "age": Text(en="Age", fr="Âge"),
    "credit_amount": Text(en="Amount of the credit", fr="Montant du crédit"),
    "instalment": Text(en="Instalment and duration", fr="Échéance et durée"),
    "income": Text(en="Income", fr="Revenu"),
    "employment": Text(en="Employment", fr="Emploi"),
    "education": Text(en="Education", fr="Études"),
    "housing": Text(en="Housing", fr="Logement"),
    "car": Text(en="Car", fr="Voiture"),
    "region": Text(en="Region", fr="Région"),
    "address": Text(en="Addresses", fr="Adresses"),
    "documents": Text(en="Documents", fr="Documents"),
    "contact": Text(en="Phone and email", fr="Téléphone et courriel"),
    "enquiries": Text(en="Credit bureau enquiries", fr="Consultations du bureau de crédit"),
    "application_time": Text(en="Time of the application", fr="Moment de la demande"),
    "other_credits": Text(en="Credits at other lenders", fr="Crédits chez d'autres prêteurs"),
    "previous_applications": Text(en="Previous applications", fr="Demandes précédentes"),
    "repayments": Text(en="Repayments of earlier credits", fr="Remboursements de crédits antérieurs"),
    "card_use": Text(en="Use of credit cards", fr="Utilisation de cartes de crédit"),
}


def name_concept(concept: str, otherwise: Text) -> Text:
    """Return the name of a concept; a term without a concept has its own label."""
    return CONCEPTS.get(concept, otherwise)  # type: ignore[call-overload, no-any-return]
