//! Spark's spellings that DataFusion's parser does not take: a front door that changes the words of
//! a text before it is parsed, and nothing in the session. Positions in errors stay right.

use std::ops::Range;

use datafusion::{
    common::{DFSchema, plan_datafusion_err, plan_err},
    error::{DataFusionError, Result},
    execution::{SessionState, context::SQLOptions},
    prelude::{DataFrame, Expr, SessionContext},
    sql::{
        parser::DFParserBuilder,
        sqlparser::{
            dialect::{Dialect, dialect_from_str},
            keywords::Keyword,
            parser::ParserError,
            tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace, Word},
        },
    },
};

/// Plans one statement, as [`SessionContext::sql`] does, and takes Spark's `to_json(struct(*))`,
/// `struct(a, b + 1 AS c)` with the names that Spark gives its fields, and the options of `to_json`
/// as `map('k', 'v', 'k', 'v')`. The session needs [`register`](crate::register).
///
/// # Errors
/// DataFusion's, and more than one statement.
pub async fn sql(context: &SessionContext, text: &str) -> Result<DataFrame> {
    sql_with_options(context, text, SQLOptions::new()).await
}

/// As [`sql`], of the statements that `allowed` says, as [`SessionContext::sql_with_options`] does.
///
/// # Errors
/// As of [`sql`], and a statement that is not allowed. Nothing was carried out of it.
pub async fn sql_with_options(
    context: &SessionContext,
    text: &str,
    allowed: SQLOptions,
) -> Result<DataFrame> {
    let state = context.state();
    let dialect = dialect(&state)?;
    let tokens = tokens(dialect.as_ref(), text)?;
    let mut parser = DFParserBuilder::new(tokens)
        .with_dialect(dialect.as_ref())
        .with_recursion_limit(recursion_limit(&state))
        .build()?;
    let mut statements = parser.parse_statements()?;
    let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
        return plan_err!("one statement at a time");
    };
    let plan = state.statement_to_plan(statement).await?;
    allowed.verify_plan(&plan)?;
    context.execute_logical_plan(plan).await
}

/// Selects expressions of a frame, as [`DataFrame::select_exprs`] does, in the spellings of [`sql`].
///
/// # Errors
/// DataFusion's.
pub fn select_exprs(frame: DataFrame, exprs: &[&str]) -> Result<DataFrame> {
    let (state, plan) = frame.into_parts();
    let exprs = exprs.iter().map(|text| expr(&state, plan.schema(), text));
    let exprs: Vec<_> = exprs.collect::<Result<_>>()?;
    DataFrame::new(state, plan).select(exprs)
}

/// One expression over the columns of a frame, as [`DataFrame::parse_sql_expr`] takes it, in the
/// spellings of [`sql`]. A `*` within `to_json` is written out when a frame selects it.
///
/// # Errors
/// DataFusion's.
pub fn parse_sql_expr(frame: &DataFrame, text: &str) -> Result<Expr> {
    let (state, plan) = frame.clone().into_parts();
    expr(&state, plan.schema(), text)
}

fn expr(state: &SessionState, schema: &DFSchema, text: &str) -> Result<Expr> {
    let dialect = dialect(state)?;
    let tokens = tokens(dialect.as_ref(), text)?;
    let expr = DFParserBuilder::new(tokens)
        .with_dialect(dialect.as_ref())
        .with_recursion_limit(recursion_limit(state))
        .build()?
        .parse_into_expr()?;
    state.create_logical_expr_from_sql_expr(expr, schema)
}

fn dialect(state: &SessionState) -> Result<Box<dyn Dialect>> {
    let dialect = state.config().options().sql_parser.dialect;
    dialect_from_str(dialect).ok_or_else(|| plan_datafusion_err!("unknown SQL dialect {dialect}"))
}

fn recursion_limit(state: &SessionState) -> usize {
    state.config().options().sql_parser.recursion_limit.get()
}

/// The words of a text, with ours in the place of Spark's.
fn tokens(dialect: &dyn Dialect, text: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(dialect, text).tokenize_with_location();
    let mut tokens =
        tokens.map_err(|error| DataFusionError::SQL(Box::new(ParserError::from(error)), None))?;
    let mut at = 0;
    while at < tokens.len() {
        if let Some((open, name)) = call(&tokens, at) {
            let arguments = arguments(&tokens, open);
            match name.as_str() {
                "struct" => name_fields(&mut tokens, at, &arguments),
                "to_json" => name_options(&mut tokens, &arguments),
                _ => {}
            }
        }
        at += 1;
    }
    Ok(tokens)
}

/// Unquoted, `struct` begins a literal, in which no star may stand; and if one field of it has a
/// name, those without do not get the names of their columns.
fn name_fields(tokens: &mut Vec<TokenWithSpan>, at: usize, fields: &[Range<usize>]) {
    if fields.iter().any(|field| is_star(tokens, field)) {
        return rename(tokens, at, "struct");
    }
    let is_named = |field: &Range<usize>| is_named(tokens, field);
    let named: Vec<bool> = fields.iter().map(is_named).collect();
    if !named.contains(&true) {
        return;
    }
    let unnamed = fields.iter().zip(named).enumerate();
    for (position, (field, _)) in unnamed.filter(|(_, (_, named))| !named).rev() {
        let name = column(tokens, field).unwrap_or_else(|| word(&format!("col{}", position + 1)));
        let alias = [Token::make_keyword("AS"), name];
        let alias = alias
            .into_iter()
            .flat_map(|token| [space(), TokenWithSpan::wrap(token)]);
        tokens.splice(field.end..field.end, alias.collect::<Vec<_>>());
    }
}

/// A map of several options is a struct in DataFusion.
fn name_options(tokens: &mut [TokenWithSpan], arguments: &[Range<usize>]) {
    let options = arguments.get(1).map(|options| options.start);
    let is_map = |at: &usize| call(tokens, *at).is_some_and(|(_, name)| name == "map");
    if let Some(map) = options.filter(is_map) {
        rename(tokens, map, "named_struct");
    }
}

/// The opening parenthesis and the name of the call that begins here.
fn call(tokens: &[TokenWithSpan], at: usize) -> Option<(usize, String)> {
    let Token::Word(word) = &tokens.get(at)?.token else {
        return None;
    };
    let open = next(tokens, at + 1)?;
    let is_call = tokens.get(open)?.token == Token::LParen;
    (is_call && word.quote_style.is_none()).then(|| (open, word.value.to_ascii_lowercase()))
}

/// Where each argument begins, and the comma or bracket where it ends.
fn arguments(tokens: &[TokenWithSpan], open: usize) -> Vec<Range<usize>> {
    let (mut all, mut start, mut depth) = (Vec::new(), next(tokens, open + 1), 0_usize);
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            Token::Comma if depth == 1 => {
                all.extend(start.map(|start| start..at));
                start = next(tokens, at + 1);
            }
            _ => {}
        }
        if depth == 0 {
            all.extend(start.map(|start| start..at).filter(|last| !last.is_empty()));
            break;
        }
    }
    all
}

/// The name of the column that is an argument and nothing else.
fn column(tokens: &[TokenWithSpan], argument: &Range<usize>) -> Option<Token> {
    let words = tokens
        .get(argument.clone())?
        .iter()
        .map(|token| &token.token);
    let words: Vec<_> = words
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let is_path = |token: &&Token| matches!(token, Token::Word(_) | Token::Period);
    let last = words.last().filter(|_| words.iter().all(is_path));
    last.map(|last| Token::clone(last))
}

/// True for `*` and `t.*`, but not for a product.
fn is_star(tokens: &[TokenWithSpan], argument: &Range<usize>) -> bool {
    let tokens = tokens.get(argument.clone()).unwrap_or_default();
    let star = tokens.iter().position(|token| token.token == Token::Mul);
    let before = star.map(|star| star.checked_sub(1).and_then(|before| tokens.get(before)));
    before.is_some_and(|before| before.is_none_or(|before| before.token == Token::Period))
}

/// True for `a AS b`, but not for what only has such a thing within brackets.
fn is_named(tokens: &[TokenWithSpan], argument: &Range<usize>) -> bool {
    let mut depth = 0_usize;
    let mut tokens = tokens.get(argument.clone()).unwrap_or_default().iter();
    tokens.any(|token| match &token.token {
        Token::LParen => {
            depth += 1;
            false
        }
        Token::RParen => {
            depth = depth.saturating_sub(1);
            false
        }
        Token::Word(word) => depth == 0 && word.keyword == Keyword::AS,
        _ => false,
    })
}

/// The next token that is not white space.
fn next(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    let mut tokens = tokens.iter().enumerate().skip(from);
    let found = tokens.find(|(_, token)| !matches!(token.token, Token::Whitespace(_)));
    found.map(|(at, _)| at)
}

/// Puts a quoted name in the place of a word.
fn rename(tokens: &mut [TokenWithSpan], at: usize, name: &str) {
    if let Some(token) = tokens.get_mut(at) {
        token.token = word(name);
    }
}

fn word(name: &str) -> Token {
    Token::Word(Word {
        value: name.to_owned(),
        quote_style: Some('"'),
        keyword: Keyword::NoKeyword,
    })
}

fn space() -> TokenWithSpan {
    TokenWithSpan::wrap(Token::Whitespace(Whitespace::Space))
}
