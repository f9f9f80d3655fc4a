"""DecisionService: a pack's safety rules over what is to be used by someone."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import grpc

from bencao.v1 import decision_service_pb2 as messages
from bencao.v1 import safety_pb2
from bencao.v1.decision_service_pb2_grpc import DecisionServiceServicer
from kg.errors import RevisionGone
from kg.rules import Rule
from reasoning.answer import Acknowledgement, CheckKind
from reasoning.domain import Domain
from reasoning.safety import InvalidPrescription, SafetyCheck, Subject, check, parse_prescription
from services.rpc.convert import (
    Wording,
    entity_name,
    enum_value,
    finding_message,
    resource_name,
    revision_message,
    subgraph_message,
)
from services.rpc.errors import InvalidField
from services.rpc.pages import page_bounds, page_token
from services.rpc.requests import (
    Service,
    check_revision,
    context_of,
    domain_of,
    entity_of,
    label_languages,
    language_of,
)

__all__ = ["DecisionHandlers"]

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

_RULES_A_PAGE: Final = 50
_MOST_RULES: Final = 200
_KINDS: Final[Mapping[int, CheckKind]] = {
    enum_value(safety_pb2.CheckKind, "CHECK_KIND", kind): kind for kind in CheckKind
}


class DecisionHandlers(DecisionServiceServicer):
    """Checks by the rules of the domains of `service`; every call reads one snapshot."""

    def __init__(self, service: Service) -> None:
        """Serve the domains of `service`."""
        self._service = service

    async def CheckSafety(  # noqa: N802 - the stubs' base is for both kinds of server; the name is the contract's
        self, request: messages.CheckSafetyRequest, context: Context
    ) -> messages.CheckSafetyResponse:
        """Return what the rules find, and what could not be looked at."""
        del context
        domain = domain_of(self._service, request.domain)
        asked = language_of(request.language_code, "language_code")
        said = " ".join((request.prescription, *(subject.text for subject in request.subjects)))
        languages = label_languages(asked, said, domain)
        if not request.subjects and not request.prescription.strip():
            raise InvalidField({"subjects": "is empty; name what is to be used, here or in `prescription`"})
        written = parse_prescription(request.prescription, domain, languages[0])
        subjects = [*written.subjects]
        subjects += [_subject(each, f"subjects[{place}]", domain) for place, each in enumerate(request.subjects)]
        accepted = [
            _acknowledgement(each, f"acknowledgements[{place}]", domain)
            for place, each in enumerate(request.acknowledgements)
        ]
        person = {**written.context, **context_of(request.context.fields, domain.pack.context, "context")}
        revision = await check_revision(request.consistency, domain)
        try:
            async with domain.store.snapshot() as snapshot:
                if revision and snapshot.revision.token != revision:
                    message = "the graph does not hold this revision; ask without one, or with the current one"
                    raise RevisionGone(message, oldest_revision=snapshot.revision.token)
                found = await check(
                    subjects,
                    person,
                    domain,
                    snapshot,
                    kinds=frozenset(_KINDS[number] for number in request.checks),
                    acknowledgements=accepted,
                    language=languages[0],
                )
        except InvalidPrescription as invalid:
            raise InvalidField({fault.field: fault.message for fault in invalid.faults}) from None
        return _response(found, domain, Wording(domain.pack.id, languages, domain.sources))

    async def ListRules(self, request: messages.ListRulesRequest, context: Context) -> messages.ListRulesResponse:  # noqa: N802 - as above
        """Return one page of a domain's rules, by id."""
        del context
        domain = domain_of(self._service, request.parent)
        listing = (request.parent, "rules")
        async with domain.store.snapshot() as snapshot:
            start, end = page_bounds(
                request.page_token, request.page_size, listing, snapshot.revision,
                default=_RULES_A_PAGE, most=_MOST_RULES,
            )  # fmt: skip
            rules = sorted(domain.rules, key=lambda rule: rule.id)
            more = page_token(listing, snapshot.revision, end) if len(rules) > end else ""
        return messages.ListRulesResponse(
            rules=[_rule_message(rule, domain) for rule in rules[start:end]], next_page_token=more
        )


def _subject(message: messages.Subject, path: str, domain: Domain) -> Subject:
    entity = ""
    if message.WhichOneof("reference") == "entity":
        entity = entity_of(message.entity, domain, f"{path}.entity")
        if not entity or entity == message.entity:
            raise InvalidField({f"{path}.entity": f"must be domains/{domain.pack.id}/entities/{{id}}; or use text"})
    elif not message.text.strip():
        raise InvalidField({f"{path}.text": "is blank; name what is to be used"})
    return Subject(text=message.text, entity=entity, dose=message.dose, preparation=message.preparation)


def _acknowledgement(message: safety_pb2.Acknowledgement, path: str, domain: Domain) -> Acknowledgement:
    rule = entity_of(message.rule, domain, f"{path}.rule", "rules")
    if rule not in {each.id for each in domain.rules}:
        raise InvalidField({f"{path}.rule": "is no rule of this domain; ListRules returns them"})
    if not message.reason.strip():
        raise InvalidField({f"{path}.reason": "is blank; say why the finding is accepted"})
    subjects = [entity_of(name, domain, f"{path}.subjects[{place}]") for place, name in enumerate(message.subjects)]
    return Acknowledgement(rule, tuple(subjects), message.reason)


def _response(found: SafetyCheck, domain: Domain, wording: Wording) -> messages.CheckSafetyResponse:
    own = wording.domain
    conclusion: Any = messages.CheckSafetyResponse.Conclusion
    return messages.CheckSafetyResponse(
        conclusion=enum_value(conclusion, "CONCLUSION", found.conclusion),
        findings=[finding_message(finding, wording) for finding in found.findings],
        missing_context=found.missing_context,
        unlinked=found.unlinked,
        evidence=subgraph_message(found.evidence, wording),
        checked_at=revision_message(found.revision),
        rules_version=domain.pack.version,
        checked=[
            messages.CheckedSubject(
                text=each.text,
                entity=entity_name(own, each.entity),
                candidates=[entity_name(own, name) for name in each.candidates],
                members=[entity_name(own, name) for name in each.members],
            )
            for each in found.checked
        ],
        applied=[
            messages.AppliedRule(
                rule=resource_name(own, "rules", each.rule), display_name=each.title, sources=each.sources
            )
            for each in found.applied
        ],
        summary=found.summary,
    )


def _rule_message(rule: Rule, domain: Domain) -> messages.Rule:
    languages = domain.pack.languages
    return messages.Rule(
        name=resource_name(domain.pack.id, "rules", rule.id),
        kind=enum_value(safety_pb2.CheckKind, "CHECK_KIND", CheckKind(rule.kind)),
        display_name=" / ".join(rule.title[language] for language in languages if language in rule.title),
        description=" / ".join(rule.message[language] for language in languages if language in rule.message),
        context_keys=sorted(rule.keys),
    )
