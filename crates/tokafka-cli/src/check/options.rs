//! Rules about options alone.

use tokafka_client::settings::Acks;

use super::finding::{Facts, Finding, Said, note, risk};

const ABOUT: &str = "options";

type Rule = fn(&Facts<'_>) -> Option<Said>;

const RULES: [Rule; 8] = [
    no_acks,
    leader_acks,
    not_idempotent,
    no_retries,
    one_try,
    batch_over_request,
    small_buffer,
    typed_secrets,
];

/// What is to be known of the options.
pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let said = RULES.iter().filter_map(|rule| rule(facts));
    said.map(|said| Finding::new(ABOUT, said)).collect()
}

fn no_acks(facts: &Facts<'_>) -> Option<Said> {
    (facts.settings.acks == Acks::None).then_some(())?;
    risk(
        "acks=0",
        "no broker confirms anything: a row that gets lost counts as sent, and the receipt has no offsets",
        "leave acks out (it is all)",
    )
}

fn leader_acks(facts: &Facts<'_>) -> Option<Said> {
    (facts.settings.acks == Acks::Leader).then_some(())?;
    risk(
        "acks=1",
        "a row is acknowledged when the leader alone has it: if that broker fails before others have \
         copied the row, it is lost though it was reported as written",
        "leave acks out (it is all)",
    )
}

fn not_idempotent(facts: &Facts<'_>) -> Option<Said> {
    (!facts.settings.idempotence).then_some(())?;
    let why = if facts
        .properties
        .get("enable.idempotence")
        .is_some_and(is_false)
    {
        "enable.idempotence=false"
    } else {
        "no idempotence, because of acks or retries"
    };
    let order = if facts.settings.max_in_flight > 1 {
        ", and with max.in.flight.requests.per.connection above 1 also in another order"
    } else {
        ""
    };
    risk(
        why,
        format!(
            "a batch that is sent again because its answer got lost may lie in the log twice{order}"
        ),
        "leave enable.idempotence, acks and retries out",
    )
}

fn is_false(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("false")
}

fn no_retries(facts: &Facts<'_>) -> Option<Said> {
    (facts.settings.retries == 0).then_some(())?;
    risk(
        "retries=0",
        "the first batch that meets a leader which moves, as in every restart of a broker, ends the write",
        "leave retries out: delivery.timeout.ms bounds them",
    )
}

fn one_try(facts: &Facts<'_>) -> Option<Said> {
    let settings = facts.settings;
    let two_tries = settings.client.request_timeout * 2 + settings.linger;
    (settings.delivery_timeout < two_tries).then_some(())?;
    risk(
        format!(
            "delivery.timeout.ms={}",
            settings.delivery_timeout.as_millis()
        ),
        format!(
            "it is shorter than two times request.timeout.ms ({}) and linger.ms: when a broker does not \
             answer, there is no time to try again, and the batch is reported as possibly written",
            settings.client.request_timeout.as_millis()
        ),
        "raise delivery.timeout.ms, or lower request.timeout.ms",
    )
}

fn batch_over_request(facts: &Facts<'_>) -> Option<Said> {
    let (batch, request) = (facts.settings.batch_size?, facts.settings.max_request_size);
    (batch > request).then_some(())?;
    note(
        format!("batch.size={batch} is larger than max.request.size={request}"),
        "a batch has to fit into a request, so that batches never become as large as batch.size says",
        "lower batch.size, or raise max.request.size and the topics' max.message.bytes",
    )
}

fn small_buffer(facts: &Facts<'_>) -> Option<Said> {
    let (buffer, request) = (
        facts.settings.buffer_memory,
        facts.settings.max_request_size,
    );
    (buffer < request).then_some(())?;
    risk(
        format!("buffer.memory={buffer} is smaller than max.request.size={request}"),
        "a batch of more than buffer.memory can never be taken, and fails after max.block.ms",
        "raise buffer.memory to several times max.request.size",
    )
}

fn typed_secrets(facts: &Facts<'_>) -> Option<Said> {
    let first = facts.typed_secrets.first()?;
    risk(
        format!("{} on the command line", facts.typed_secrets.join(", ")),
        "everyone who can list processes sees it, and shells keep it in their history",
        format!("use -X '{first}=${{env:NAME}}' or -X '{first}=${{file:PATH}}'"),
    )
}
