//! `tokafka options`: every option, from the tables that parse them.

use std::io::{Write, stdout};

use tokafka_arrow::OptionRule;
use tokafka_client::settings::{Effect, RULES, Rule};
use tokafka_streaming::STREAM_OPTIONS;

use crate::args::{OptionsArgs, OptionsOutput};

/// Prints all options.
pub(crate) fn run(args: OptionsArgs) -> anyhow::Result<()> {
    let text = match args.output {
        OptionsOutput::Table => table(),
        OptionsOutput::Markdown => markdown(),
    };
    stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn table() -> String {
    let mut text = String::from("Of a write\n\n");
    for option in tokafka_arrow::OPTIONS {
        entry(&mut text, option.name, option.default, option.meaning);
    }
    text.push_str(
        "\nOf a read that ends: of a table by SELECT, or of topics by `read` in Rust\n\n",
    );
    for option in tokafka_arrow::READ_OPTIONS {
        entry(&mut text, option.name, option.default, option.meaning);
    }
    text.push_str("\nOf a stream that is read\n\n");
    for option in STREAM_OPTIONS {
        entry(&mut text, option.name, option.default, option.meaning);
    }
    text.push_str("\nOf a stream that is written, beside those of a write\n\n");
    let (name, default, meaning) = CHECKPOINT;
    entry(&mut text, name, default, meaning);
    text.push_str("\nOf the connection and the producer, under Kafka's names\n\n");
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::Applies) {
        entry(&mut text, rule.name, rule.default, rule.meaning);
    }
    text.push_str("\nAccepted, without effect\n\n");
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::None) {
        text.push_str(&format!("  {}\n", rule.name));
    }
    text.push_str("\nRefused\n\n");
    for (instead, names) in refused() {
        text.push_str(&format!("  {}\n      {instead}\n", names.join("\n  ")));
    }
    text
}

fn entry(text: &mut String, name: &str, default: &str, meaning: &str) {
    let default = if default.is_empty() {
        String::new()
    } else {
        format!(" (default: {default})")
    };
    text.push_str(&format!("  {name}{default}\n      {meaning}\n"));
}

/// Name, default and meaning of the option that only a stream's sink has.
const CHECKPOINT: (&str, &str, &str) = (
    "checkpointLocation",
    "none: it must be given",
    "Where the stream keeps its place: a directory, or the URL of one in an object store. --checkpoint of tokafka stream wins over it.",
);

/// Begins the names of settings that no other client has.
const OURS: &str = "tokafka.";

const PAGE: &str = "\
# Options

This page is printed by `tokafka options --output markdown`; a test keeps the two equal.

An option is set with `-X name=value` or in the file of `--config` by the program, in the OPTIONS of a statement in SQL, and
with `option(name, value)`, by a map or by a `.properties` text (`WriteOptions::properties_text`) in Rust.
Kafka's properties can be written with or without `kafka.` in front.
";

fn markdown() -> String {
    let mut page = PAGE.to_owned();
    page.push_str("\n## Of a write\n\n");
    page.push_str("| option | meaning | default | also in |\n|---|---|---|---|\n");
    for option in tokafka_arrow::OPTIONS {
        row(
            &mut page,
            option.name,
            option.meaning,
            option.default,
            spark(option),
        );
    }
    page.push_str("\n## Of a read that ends\n\n");
    page.push_str(
        "They stand in the OPTIONS of a table that is read by SELECT, beside those of a write, or are given to `read`, beside those of a \
         stream that is read, of which\n`maxOffsetsPerTrigger`, `minOffsetsPerTrigger`, `maxTriggerDelay` and `tokafka.lag.group` change nothing there.\n\n",
    );
    page.push_str("| option | meaning | default | also in |\n|---|---|---|---|\n");
    for option in tokafka_arrow::READ_OPTIONS {
        row(
            &mut page,
            option.name,
            option.meaning,
            option.default,
            spark(option),
        );
    }
    streams(&mut page);
    page.push_str("\n## Of the connection and the producer\n\n");
    page.push_str(
        "Names, meanings and defaults are those of Kafka's Java client. Spark has them with `kafka.` in front, as\n\
         far as the version of that client knows them which it brings along.\n\n",
    );
    page.push_str("| option | meaning | default | also in |\n|---|---|---|---|\n");
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::Applies) {
        row(
            &mut page,
            rule.name,
            rule.meaning,
            rule.default,
            kafka(rule),
        );
    }
    page.push_str("\n## Accepted, without effect\n\n");
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::None) {
        page.push_str(&format!("- `{}`\n", rule.name));
    }
    page.push_str("\n## Refused\n\n| instead | option |\n|---|---|\n");
    for (instead, names) in refused() {
        page.push_str(&format!(
            "| {} | `{}` |\n",
            cell(instead),
            names.join("`, `")
        ));
    }
    page
}

/// What streams have.
fn streams(page: &mut String) {
    page.push_str("\n## Of a stream that is read\n\n");
    page.push_str(
        "They are given to `read_stream`, or stand in the OPTIONS of a table that `tokafka stream` reads, which also takes what \
         to subscribe to from LOCATION\nand has headers unless `includeHeaders` is false.\n\n",
    );
    page.push_str("| option | meaning | default | also in |\n|---|---|---|---|\n");
    for option in STREAM_OPTIONS {
        row(
            page,
            option.name,
            option.meaning,
            option.default,
            spark(option),
        );
    }
    page.push_str("\n## Of a stream that is written\n\nThose of a write, and one more.\n\n");
    page.push_str("| option | meaning | default | also in |\n|---|---|---|---|\n");
    let (name, default, meaning) = CHECKPOINT;
    row(page, name, meaning, default, "Spark");
}

fn row(page: &mut String, name: &str, meaning: &str, default: &str, also_in: &str) {
    page.push_str(&format!(
        "| `{name}` | {} | {} | {also_in} |\n",
        cell(meaning),
        cell(default)
    ));
}

/// Who has an option, too.
fn spark(option: &OptionRule) -> &'static str {
    if option.in_spark { "Spark" } else { "" }
}

/// Who has a setting, too.
fn kafka(rule: &Rule) -> &'static str {
    if rule.name.starts_with(OURS) {
        ""
    } else {
        "Kafka, Spark"
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What to do instead, and the options of which that is true.
fn refused() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in RULES {
        let instead = match rule.effect {
            Effect::Refused(instead) => instead,
            Effect::Applies | Effect::None => continue,
        };
        match groups.iter_mut().find(|(known, _)| *known == instead) {
            Some((_, names)) => names.push(rule.name),
            None => groups.push((instead, vec![rule.name])),
        }
    }
    groups
}
