//! Schemas as Spark's DDL writes them: `id INT, tags ARRAY<STRING>`, or the name of one type.
//!
//! The grammar and the names of types are those of Spark's SQL reference, "Data Types".

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, Field, Fields, TimeUnit},
    common::plan_err,
    error::Result,
};

/// Brackets within brackets; more than any schema has, and little enough for every stack.
const DEEPEST: usize = 64;

/// The type that a text describes: a struct, if it is a list of names and types. Every field is
/// nullable, whatever the text says, since any of them may be missing in the JSON.
///
/// # Errors
/// What is not understood, and where in the text.
pub(super) fn parse(text: &str) -> Result<DataType> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    let data_type = match parser.lone_type()? {
        Some(data_type) => data_type,
        None => DataType::Struct(parser.fields(None)?),
    };
    match parser.peek() {
        None => Ok(data_type),
        Some(_) => parser.expected("a comma or the end"),
    }
}

#[derive(Clone)]
struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// The whole text as one type. `a INT` begins with a word that no type is called, and `date
    /// DATE` with one that does not end the text; what has a bracket after its first word can be
    /// nothing else.
    fn lone_type(&mut self) -> Result<Option<DataType>> {
        let mut ahead = self.clone();
        ahead.word();
        if ahead.peek() == Some('<') {
            return self.data_type().map(Some);
        }
        let mut ahead = self.clone();
        let data_type = ahead.data_type().ok().filter(|_| ahead.peek().is_none());
        if data_type.is_some() {
            *self = ahead;
        }
        Ok(data_type)
    }

    /// `name [:] type [NOT NULL] [COMMENT '…']`, separated by commas, up to the end or a bracket.
    fn fields(&mut self, end: Option<char>) -> Result<Fields> {
        let mut fields = Vec::new();
        if end.is_some() && self.peek() == end {
            return Ok(fields.into());
        }
        loop {
            let name = self.name()?;
            self.take(':');
            let data_type = self.data_type()?;
            self.constraint()?;
            fields.push(Field::new(name, data_type, true));
            if !self.take(',') {
                return Ok(fields.into());
            }
        }
    }

    fn constraint(&mut self) -> Result<()> {
        if self.keyword("not") && !self.keyword("null") {
            return self.expected("NULL");
        }
        if !self.keyword("comment") {
            return Ok(());
        }
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote).map(drop),
            _ => self.expected("a comment in quotes"),
        }
    }

    fn data_type(&mut self) -> Result<DataType> {
        let before = self.clone();
        let word = self.word().to_ascii_lowercase();
        Ok(match word.as_str() {
            "boolean" => DataType::Boolean,
            "tinyint" | "byte" => DataType::Int8,
            "smallint" | "short" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" | "long" => DataType::Int64,
            "float" | "real" => DataType::Float32,
            "double" => DataType::Float64,
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "string" => DataType::Utf8,
            "char" | "character" | "varchar" => {
                self.bracketed_numbers()?;
                DataType::Utf8
            }
            "binary" => DataType::Binary,
            "date" => DataType::Date32,
            "timestamp" | "timestamp_ltz" => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
            "array" => {
                let item = self.within(Self::data_type)?;
                DataType::new_list(item, true)
            }
            "map" => self.within(Self::map)?,
            "struct" => DataType::Struct(self.within(|parser| parser.fields(Some('>')))?),
            _ => return before.expected("a type, such as INT, STRING or ARRAY<STRING>"),
        })
    }

    /// What stands between `<` and `>`.
    fn within<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return self.expected(&format!("at most {DEEPEST} types within each other"));
        }
        if !self.take('<') {
            return self.expected("<");
        }
        self.depth += 1;
        let inner = inner(self)?;
        self.depth -= 1;
        if self.take('>') {
            Ok(inner)
        } else {
            self.expected("a comma or >")
        }
    }

    fn map(&mut self) -> Result<DataType> {
        let before = self.clone();
        if self.data_type()? != DataType::Utf8 {
            return before.expected("STRING: the names of a JSON object are text");
        }
        if !self.take(',') {
            return self.expected("a comma and the type of the values");
        }
        let values = self.data_type()?;
        let entry = DataType::Struct(Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", values, true),
        ]));
        Ok(DataType::Map(
            Arc::new(Field::new("entries", entry, false)),
            false,
        ))
    }

    fn decimal(&mut self) -> Result<DataType> {
        let before = self.clone();
        let (precision, scale) = match self.bracketed_numbers()?.as_slice() {
            [] => (10, 0),
            [precision] => (*precision, 0),
            [precision, scale] => (*precision, *scale),
            _ => return before.expected("a precision and a scale"),
        };
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(exact)) if scale <= u32::from(precision) => {
                Ok(DataType::Decimal128(precision, exact))
            }
            _ => before.expected("a precision from 1 to 38 and a scale that is no larger"),
        }
    }

    /// `(10, 2)`, or nothing.
    fn bracketed_numbers(&mut self) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        if !self.take('(') {
            return Ok(numbers);
        }
        loop {
            let Ok(number) = self.word().parse() else {
                return self.expected("a number");
            };
            numbers.push(number);
            if self.take(')') {
                return Ok(numbers);
            }
            if !self.take(',') {
                return self.expected("a comma or )");
            }
        }
    }

    fn name(&mut self) -> Result<String> {
        if self.peek() == Some('`') {
            return self.quoted('`');
        }
        match self.word() {
            "" => self.expected("the name of a field"),
            name => Ok(name.to_owned()),
        }
    }

    /// A text in quotes, in which the quote itself stands twice.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let opening = self.clone();
        let mut name = String::new();
        let mut rest = self.rest().char_indices().skip(1).peekable();
        while let Some((at, next)) = rest.next() {
            if next != quote {
                name.push(next);
            } else if rest.next_if(|(_, next)| *next == quote).is_some() {
                name.push(quote);
            } else {
                self.at += at + quote.len_utf8();
                return Ok(name);
            }
        }
        opening.expected(&format!("a closing {quote}"))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.word().eq_ignore_ascii_case(keyword);
        if found {
            *self = ahead;
        }
        found
    }

    /// Letters, digits and underscores; empty if there are none here.
    fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.rest();
        let is_other = |c: char| !c.is_alphanumeric() && c != '_';
        let (word, _) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        self.at += word.len();
        word
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn expected<T>(&self, what: &str) -> Result<T> {
        let mut here = self.clone();
        here.skip_blanks();
        let position = self.text.get(..here.at).unwrap_or_default().chars().count() + 1;
        let found: String = here.rest().chars().take(20).collect();
        let found = if found.is_empty() {
            "the end".to_owned()
        } else {
            format!("{found:?}")
        };
        plan_err!(
            "from_json: the schema {:?} is not understood at character {position}: expected {what}, \
             found {found}",
            self.text
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().strip_backtrace()
    }

    #[test]
    fn names_and_types_are_a_struct_and_a_lone_type_is_itself() {
        let schema = "id INT, `a b``c`: bigint NOT NULL COMMENT 'it''s', d DECIMAL(10, 2), date date,\n \
                      m MAP<STRING, ARRAY<STRUCT<x: DOUBLE, y: timestamp>>>, e struct<>";
        let DataType::Struct(fields) = parse(schema).unwrap() else {
            panic!("not a struct");
        };
        let names: Vec<_> = fields.iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["id", "a b`c", "d", "date", "m", "e"]);
        assert!(fields.iter().all(|field| field.is_nullable()));
        assert_eq!(*fields[2].data_type(), DataType::Decimal128(10, 2));
        assert_eq!(*fields[3].data_type(), DataType::Date32);
        assert_eq!(shown("array<int>"), "List(Int32)");
        assert_eq!(shown(" decimal "), "Decimal128(10, 0)");
        assert_eq!(shown("varchar(10)"), "Utf8");
    }

    #[test]
    fn what_is_wrong_is_shown_with_its_place() {
        for (schema, at, expected) in [
            ("", 1, "the name of a field"),
            ("id", 3, "a type"),
            ("id NUMBER", 4, "a type"),
            ("id INT,", 8, "the name of a field"),
            ("id INT x", 8, "a comma or the end"),
            ("a ARRAY<INT", 12, "a comma or >"),
            ("a ARRAY", 8, "<"),
            ("a MAP<INT, INT>", 7, "STRING"),
            ("a DECIMAL(39)", 10, "a precision from 1 to 38"),
            ("a DECIMAL(2, 3)", 10, "a scale that is no larger"),
            ("`a INT", 1, "a closing `"),
            ("ä INT, b WAS", 10, "a type"),
        ] {
            let error = refused(schema);
            assert!(error.contains(&format!("at character {at}: ")), "{error}");
            assert!(error.contains(expected), "{error}");
        }
        assert!(refused(&"array<".repeat(100_000)).contains("at most 64"));
    }
}
