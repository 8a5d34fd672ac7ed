//! Several statements in one text.

use datafusion::{
    error::Result,
    prelude::SessionContext,
    sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan},
};

use super::{dialect, parse, tokens};

/// One statement of a text, for [`sql`](crate::sql()).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlStatement {
    /// Counts from 1.
    pub number: usize,
    /// The line of the text on which it begins, from 1.
    pub line: u64,
    /// The statement, behind as many blanks and line breaks as lie before it in the text: positions
    /// in errors are those of the text.
    pub text: String,
}

/// Splits a text at the semicolons between its statements: not at those in strings, names and
/// comments. What is empty, or nothing but comments, is left out.
///
/// # Errors
/// A string, a name or a comment that does not end.
pub fn split_sql(context: &SessionContext, text: &str) -> Result<Vec<SqlStatement>> {
    let tokens = tokens::raw(dialect(&context.state())?.as_ref(), text)?;
    let mut statements = Vec::new();
    for part in tokens.split(|token| token.token == Token::SemiColon) {
        let is_word = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
        let first = part.iter().find(is_word);
        let last = part.iter().rfind(is_word);
        if let Some((first, last)) = first.zip(last) {
            statements.push(SqlStatement {
                number: statements.len() + 1,
                line: first.span.start.line,
                text: alone(text, first.span.start, last.span.end),
            });
        }
    }
    Ok(statements)
}

/// Says what is wrong with the syntax of a statement. Plans nothing and looks nothing up.
///
/// # Errors
/// DataFusion's.
pub fn check_sql_syntax(context: &SessionContext, text: &str) -> Result<()> {
    parse(&context.state(), text).map(drop)
}

/// The text from `start` up to `end`, and blanks in the place of what comes before.
fn alone(text: &str, start: Location, end: Location) -> String {
    let (mut line, mut column) = (1, 1);
    let mut alone = String::new();
    for char in text.chars() {
        let at = (line, column);
        if at >= (end.line, end.column) {
            break;
        }
        let is_before = at < (start.line, start.column);
        alone.push(match char {
            '\n' => '\n',
            _ if is_before => ' ',
            char => char,
        });
        (line, column) = match char {
            '\n' => (line + 1, 1),
            _ => (line, column + 1),
        };
    }
    alone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(u64, String)> {
        let split = split_sql(&SessionContext::new(), text).unwrap();
        let numbers: Vec<_> = split.iter().map(|each| each.number).collect();
        assert_eq!(numbers, (1..=split.len()).collect::<Vec<_>>());
        let each = split.into_iter();
        each.map(|each| (each.line, each.text.trim_start().to_owned()))
            .collect()
    }

    #[test]
    fn semicolons_end_statements_but_not_within_strings_names_and_comments() {
        let text = "SELECT 'a;b' AS \"c;d\" -- e;f\n, 2 /* ; */;\n\n;; SELECT 'é'; -- done;\n";
        assert_eq!(
            split(text),
            [
                (1, "SELECT 'a;b' AS \"c;d\" -- e;f\n, 2".to_owned()),
                (4, "SELECT 'é'".to_owned())
            ]
        );
        assert_eq!(split(" ; -- nothing\n;"), []);
    }

    #[test]
    fn positions_in_errors_are_those_of_the_whole_text() {
        let context = SessionContext::new();
        let text = "SELECT 'é;';\n  SELECT 1;\n  SELECT 1 FROM 2 x";
        let split = split_sql(&context, text).unwrap();
        assert!(check_sql_syntax(&context, &split[1].text).is_ok());
        let error = check_sql_syntax(&context, &split[2].text).unwrap_err();
        assert!(error.to_string().contains("Line: 3, Column: 17"), "{error}");
    }

    #[test]
    fn what_does_not_end_is_an_error_with_its_place() {
        let error =
            split_sql(&SessionContext::new(), "SELECT 1;\nSELECT 'a; SELECT 2").unwrap_err();
        assert!(error.to_string().contains("Line: 2"), "{error}");
    }
}
