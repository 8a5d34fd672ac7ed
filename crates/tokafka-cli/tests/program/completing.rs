//! `tokafka completions`.

#[cfg(unix)]
use std::process::{Command, Stdio};

use crate::harness::Scratch;

#[test]
fn every_shell_learns_the_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Scratch::new()
            .run(&format!("completions {shell}"))
            .succeeded();
        for word in [
            "verify",
            "check",
            "null-key",
            "bootstrap-server",
            "topic-expr",
            "stream",
            "retry-for",
        ] {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn a_shell_that_nobody_knows_is_answered_with_those_there_are() {
    let ran = Scratch::new().run("completions tcsh");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("fish"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script() {
    let scratch = Scratch::new();
    let script = scratch.run("completions bash").succeeded();
    scratch.file("tokafka.bash", &script.stdout);
    let complete = |words: &str, last: &str| {
        let asked = format!(
            "source ./tokafka.bash; COMP_WORDS=({words} {last}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _tokafka tokafka {last} ${{COMP_WORDS[COMP_CWORD-1]}}; echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &asked])
            .current_dir(scratch.path("."))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("tokafka", "ver"), "verify");
    assert_eq!(complete("tokafka write", "--rec"), "--receipt");
    assert_eq!(complete("tokafka write --as", "j"), "json");
}
