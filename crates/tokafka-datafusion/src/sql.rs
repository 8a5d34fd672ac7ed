//! Spark's spellings that DataFusion's parser does not take: a front door that changes the words of
//! a text before it is parsed, and nothing in the session. Positions in errors stay right.

use datafusion::{
    common::{plan_datafusion_err, plan_err},
    error::{DataFusionError, Result},
    execution::SessionState,
    prelude::{DataFrame, SessionContext},
    sql::{
        parser::DFParserBuilder,
        sqlparser::{
            dialect::{Dialect, dialect_from_str},
            keywords::Keyword,
            parser::ParserError,
            tokenizer::{Token, TokenWithSpan, Tokenizer, Word},
        },
    },
};

/// Plans one statement, as [`SessionContext::sql`] does, and takes `to_json(struct(*))` and the
/// options of `to_json` as `map('k', 'v', 'k', 'v')`. The session needs [`register`](crate::register).
///
/// # Errors
/// DataFusion's, and more than one statement.
pub async fn sql(context: &SessionContext, text: &str) -> Result<DataFrame> {
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
    context.execute_logical_plan(plan).await
}

/// Selects expressions of a frame, as [`DataFrame::select_exprs`] does, in the spellings of [`sql`].
///
/// # Errors
/// DataFusion's.
pub fn select_exprs(frame: DataFrame, exprs: &[&str]) -> Result<DataFrame> {
    let (state, plan) = frame.into_parts();
    let dialect = dialect(&state)?;
    let parse = |text: &&str| {
        let tokens = tokens(dialect.as_ref(), text)?;
        let expr = DFParserBuilder::new(tokens)
            .with_dialect(dialect.as_ref())
            .with_recursion_limit(recursion_limit(&state))
            .build()?
            .parse_into_expr()?;
        state.create_logical_expr_from_sql_expr(expr, plan.schema())
    };
    let exprs: Vec<_> = exprs.iter().map(parse).collect::<Result<_>>()?;
    DataFrame::new(state, plan).select(exprs)
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
    for at in 0..tokens.len() {
        let Some((open, name)) = call(&tokens, at) else {
            continue;
        };
        let arguments = arguments(&tokens, open);
        match name.as_str() {
            // Unquoted it begins a literal, in which no star may stand.
            "struct" if has_star(&tokens, &arguments) => rename(&mut tokens, at, "struct"),
            "to_json" => {
                let options = arguments.get(1).copied();
                let map = options.filter(|at| call(&tokens, *at).is_some_and(|it| it.1 == "map"));
                if let Some(map) = map {
                    rename(&mut tokens, map, "named_struct");
                }
            }
            _ => {}
        }
    }
    Ok(tokens)
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

/// Where each argument begins.
fn arguments(tokens: &[TokenWithSpan], open: usize) -> Vec<usize> {
    let (mut starts, mut depth) = (Vec::from_iter(next(tokens, open + 1)), 0_usize);
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            Token::Comma if depth == 1 => starts.extend(next(tokens, at + 1)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    starts
}

/// True if one of the arguments is `*` or `t.*`.
fn has_star(tokens: &[TokenWithSpan], arguments: &[usize]) -> bool {
    let is_name = |token: &Token| matches!(token, Token::Word(_) | Token::Period);
    arguments.iter().any(|start| {
        let mut tokens = tokens.iter().skip(*start).map(|token| &token.token);
        tokens.find(|token| !is_name(token)) == Some(&Token::Mul)
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
        token.token = Token::Word(Word {
            value: name.to_owned(),
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        });
    }
}
