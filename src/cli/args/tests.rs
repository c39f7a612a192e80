//! The texts of the help pages: what is an example is a command that mlnetc accepts.

use clap::{Command, CommandFactory};

use super::{Program, help};

/// The longest line of a text, in columns.
const LONGEST: usize = 80;

/// Each command with its text.
fn texts() -> Vec<(String, String)> {
    fn collect(command: &Command, found: &mut Vec<(String, String)>) {
        if let Some(text) = command.get_after_long_help() {
            found.push((command.get_name().to_owned(), text.to_string()));
        }
        command.get_subcommands().for_each(|it| collect(it, found));
    }
    let mut found = Vec::new();
    collect(&Program::command(), &mut found);
    found
}

/// The lines below `Examples:`, with a continued command on one line.
fn examples(text: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|it| *it != "Examples:").skip(1);
    let lines: Vec<&str> = lines.take_while(|it| !it.is_empty()).collect();
    let text = lines.join("\n").replace("\\\n", " ");
    text.lines().map(|it| it.trim().to_owned()).collect()
}

/// The words of each `mlnetc` in a line of a shell, without its redirections.
fn calls(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut word, mut quoted) = (vec![Vec::new()], String::new(), false);
    for letter in line.chars().chain([' ']) {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                if word == "|" {
                    commands.push(Vec::new());
                } else if let Some(last) = commands.last_mut().filter(|_| !word.is_empty()) {
                    last.push(word.clone());
                }
                word.clear();
            }
            _ => word.push(letter),
        }
    }
    for command in &mut commands {
        let end = command.iter().position(|it| matches!(it.as_str(), ">" | ">>" | "<"));
        command.truncate(end.unwrap_or(command.len()));
    }
    commands.retain(|it| it.first().is_some_and(|it| it == "mlnetc"));
    commands
}

#[test]
fn every_command_has_examples_that_parse() {
    let texts = texts();
    let all = Program::command();
    let without = all.get_subcommands().filter(|it| it.get_after_long_help().is_none());
    assert_eq!(without.map(Command::get_name).collect::<Vec<_>>(), [""; 0]);
    let mut tried = 0;
    for (name, text) in texts {
        let examples = examples(&text);
        assert!(!examples.is_empty(), "{name} has no examples");
        for line in examples.iter().filter(|it| !it.starts_with('#')) {
            let calls = calls(line);
            let other = ["kubectl ", "kustomize "].iter().any(|it| line.starts_with(it));
            assert!(!calls.is_empty() || other, "{name}: {line}");
            for words in calls {
                let parsed = Program::command().try_get_matches_from(&words);
                assert!(parsed.is_ok(), "{name}: {line}\n{}", parsed.expect_err("an error"));
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried} of them");
}

#[test]
fn texts_fit_into_a_terminal() {
    for (name, text) in texts() {
        for line in text.lines() {
            assert!(line.chars().count() <= LONGEST, "{name}: {line}");
        }
    }
}

#[test]
fn short_help_names_the_global_options() {
    let program = Program::command();
    let global = program.get_arguments().filter(|it| it.is_global_set());
    let names: Vec<String> =
        global.filter_map(|it| Some(format!("--{}", it.get_long()?))).collect();
    assert_eq!(help::SHORT.lines().next(), Some(&*format!("Global options: {}", names.join(", "))));
}
