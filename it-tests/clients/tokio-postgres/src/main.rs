//! tokio-postgres (binary format, pipelined) against SHARDGATE_URL: one line per check, exit code 1 when one failed.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use futures_util::future::{join_all, poll_fn, try_join_all, BoxFuture};
use futures_util::{pin_mut, SinkExt, StreamExt, TryStreamExt};
use postgres_types::{FromSql, ToSql, Type};
use rust_decimal::Decimal;
use std::error::Error;
use std::fmt::Debug;
use std::str::FromStr;
use std::time::{Duration, Instant};
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutStream};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};
use tokio_postgres::types::BorrowToSql;
use tokio_postgres::{AsyncMessage, Client, IsolationLevel, NoTls, SimpleQueryMessage};
use uuid::Uuid;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Check = for<'a> fn(&'a mut Client) -> BoxFuture<'a, Outcome>;

const DROP: &str = "drop table if exists payments, accounts, documents, readings, currencies, every_type, moods cascade;
drop type if exists mood cascade;
drop type if exists place cascade";

const SCHEMA: &str = "
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
create table every_type (id integer primary key, a_bool boolean, a_int2 smallint, a_int8 bigint, a_float4 real, a_float8 double precision, a_numeric numeric, a_text text, a_bytea bytea, a_date date,
    a_timestamp timestamp, a_timestamptz timestamptz, a_uuid uuid, a_jsonb jsonb, int4s integer[], texts text[])";

fn url() -> String {
    std::env::var("SHARDGATE_URL").expect("SHARDGATE_URL is set")
}

async fn connect() -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&url(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn same<T: PartialEq<U> + Debug, U: Debug>(got: T, wanted: U) -> Outcome {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{got:?} instead of {wanted:?}").into())
    }
}

fn fails<T: Debug>(result: Result<T, tokio_postgres::Error>, code: SqlState) -> Result<DbError, Box<dyn Error + Send + Sync>> {
    match result {
        Ok(v) => Err(format!("{v:?} instead of an error {}", code.code()).into()),
        Err(e) => match e.as_db_error() {
            Some(db) if *db.code() == code => Ok(db.clone()),
            _ => Err(format!("{e:?} instead of an error {}", code.code()).into()),
        },
    }
}

async fn fill(c: &Client, rows: i64) -> Outcome {
    c.batch_execute("insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0)").await?;
    let tuples: Vec<_> = (1..=rows).map(|i| format!("({i}, 'owner {i}', 'EUR', {i})")).collect();
    c.batch_execute(&format!("insert into accounts (id, owner, currency, balance) values {}", tuples.join(", "))).await?;
    Ok(())
}

async fn owner_of(c: &Client, id: i64) -> Result<String, tokio_postgres::Error> {
    Ok(c.query_one("select owner from accounts where id = $1", &[&id]).await?.get(0))
}

fn owner(i: i64) -> String {
    format!("owner {i}")
}

async fn round_trip<T>(c: &Client, kind: &str, value: T) -> Outcome
where
    T: ToSql + Sync + Send + PartialEq + Debug + for<'a> FromSql<'a>,
{
    let text = format!("select $1::{kind}");
    let got: T = c.query_one(&text, &[&value]).await?.try_get(0)?;
    same(got, value)?;
    let null: Option<T> = c.query_one(&text, &[&None::<T>]).await?.try_get(0)?;
    same(null, None)
}

fn stamp() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 2, 29, 12, 30, 1).unwrap() + chrono::Duration::microseconds(2)
}

fn naive() -> NaiveDateTime {
    stamp().naive_utc()
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()
}

const TEXT: &str = "żółć, 漢字, \u{1F600}, 'quoted'\n";

async fn login(c: &mut Client) -> Outcome {
    let row = c.query_one("select current_user::text, current_database()::text", &[]).await?;
    same((row.get::<_, String>(0).as_str(), row.get::<_, String>(1).as_str()), ("app", "app"))
}

async fn wrong_password(_: &mut Client) -> Outcome {
    let mut config = tokio_postgres::Config::from_str(&url())?;
    fails(config.password("not it").connect(NoTls).await.map(|_| ()), SqlState::INVALID_PASSWORD)?;
    Ok(())
}

async fn unknown_database(_: &mut Client) -> Outcome {
    let mut config = tokio_postgres::Config::from_str(&url())?;
    fails(config.dbname("no_such_database").connect(NoTls).await.map(|_| ()), SqlState::INVALID_CATALOG_NAME)?;
    Ok(())
}

async fn parameters_binary(c: &mut Client) -> Outcome {
    round_trip(c, "boolean", true).await?;
    round_trip(c, "smallint", i16::MIN).await?;
    round_trip(c, "integer", i32::MAX).await?;
    round_trip(c, "bigint", i64::MIN).await?;
    round_trip(c, "real", 0.25f32).await?;
    round_trip(c, "double precision", 0.1f64).await?;
    round_trip(c, "numeric", Decimal::from_str("-1234567890123456.0123456789")?).await?;
    round_trip(c, "text", TEXT.to_string()).await?;
    round_trip(c, "bytea", (0..=255u8).collect::<Vec<_>>()).await?;
    round_trip(c, "date", day()).await?;
    round_trip(c, "timestamp", naive()).await?;
    round_trip(c, "timestamptz", stamp()).await?;
    round_trip(c, "uuid", Uuid::from_u128(0x0123456789abcdef)).await?;
    round_trip(c, "json", serde_json::json!({"a": [1, 2.5, null]})).await?;
    round_trip(c, "jsonb", serde_json::json!({"ł": {"b": "\u{20ac}"}})).await?;
    round_trip(c, "integer[]", vec![Some(1), None, Some(-3)]).await?;
    round_trip(c, "text[]", vec![Some("a".to_string()), None, Some(String::new()), Some("q\"u,o{t}e".to_string())]).await?;
    round_trip(c, "numeric[]", vec![Decimal::from_str("1.10")?]).await?;
    round_trip(c, "uuid[]", vec![Uuid::nil()]).await?;
    round_trip(c, "timestamptz[]", vec![stamp()]).await
}

async fn parameters_text(c: &mut Client) -> Outcome {
    let rows = c.simple_query("select 1::bigint, null::text, 'x'::text, '{1,NULL}'::int[], true").await?;
    let Some(SimpleQueryMessage::Row(row)) = rows.iter().find(|m| matches!(m, SimpleQueryMessage::Row(_))) else {
        return Err("no row".into());
    };
    same((0..row.len()).map(|i| row.get(i)).collect::<Vec<_>>(), vec![Some("1"), None, Some("x"), Some("{1,NULL}"), Some("t")])
}

async fn every_type_in_a_table(c: &mut Client) -> Outcome {
    let insert = c.prepare("insert into every_type values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)").await?;
    same(insert.params()[6].clone(), Type::NUMERIC)?;
    let json = serde_json::json!({"a": 1});
    let number = Decimal::from_str("-1.50")?;
    c.execute(&insert, &[&1i32, &true, &i16::MIN, &i64::MAX, &0.5f32, &0.1f64, &number, &TEXT, &&b"\0\xff"[..], &day(), &naive(), &stamp(), &Uuid::max(), &json, &vec![1i32], &vec!["a"]])
        .await?;
    let none: Option<i32> = None;
    c.execute(
        &insert,
        &[&2i32, &None::<bool>, &None::<i16>, &None::<i64>, &None::<f32>, &None::<f64>, &None::<Decimal>, &None::<&str>, &None::<Vec<u8>>, &None::<NaiveDate>, &None::<NaiveDateTime>,
          &None::<DateTime<Utc>>, &None::<Uuid>, &None::<serde_json::Value>, &none.map(|i| vec![i]), &None::<Vec<&str>>],
    )
    .await?;
    let row = c.query_one("select * from every_type where id = $1", &[&1i32]).await?;
    same((row.get("a_bool"), row.get("a_int2"), row.get("a_int8"), row.get("a_float4"), row.get("a_float8"), row.get("a_numeric")), (true, i16::MIN, i64::MAX, 0.5f32, 0.1f64, number))?;
    same((row.get("a_text"), row.get("a_bytea"), row.get("a_date"), row.get("a_timestamp"), row.get("a_timestamptz")), (TEXT, &b"\0\xff"[..], day(), naive(), stamp()))?;
    same((row.get("a_uuid"), row.get("a_jsonb"), row.get("int4s"), row.get("texts")), (Uuid::max(), json, vec![1i32], vec!["a"]))?;
    let row = c.query_one("select * from every_type where id = $1", &[&2i32]).await?;
    same((row.get("a_bool"), row.get("a_text"), row.get("int4s")), (None::<bool>, None::<&str>, None::<Vec<i32>>))
}

async fn prepared_statements_by_key(c: &mut Client) -> Outcome {
    fill(c, 20).await?;
    let by_key = c.prepare("select owner, balance from accounts where id = $1").await?;
    let update = c.prepare_typed("update accounts set balance = balance + 1 where id = $1", &[Type::INT8]).await?;
    for _ in 0..3 {
        for i in 1..=20i64 {
            let row = c.query_one(&by_key, &[&i]).await?;
            same((row.get::<_, String>(0), row.get::<_, Decimal>(1)), (owner(i), Decimal::new(i * 100, 2)))?;
        }
    }
    for i in 1..=20i64 {
        same(c.execute(&update, &[&i]).await?, 1)?;
    }
    same(c.query(&by_key, &[&21i64]).await?.len(), 0)
}

async fn keys_of_text_and_uuid(c: &mut Client) -> Outcome {
    for i in 0..8i32 {
        let device = Uuid::from_u128(i as u128 * 7919);
        let tenant = format!("tenant ż{i}");
        c.execute("insert into readings values ($1, $2, $3)", &[&device, &stamp(), &(i as f64 / 4.0)]).await?;
        c.execute("insert into documents values ($1, 'a', $2)", &[&tenant, &serde_json::json!({"n": i})]).await?;
        same(c.query_one("select value from readings where device = $1", &[&device]).await?.get::<_, f64>(0), i as f64 / 4.0)?;
        same(c.query_one("select body ->> 'n' from documents where tenant = $1", &[&tenant]).await?.get::<_, String>(0), i.to_string())?;
    }
    Ok(())
}

async fn generated_ids_and_returning(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let mut seen = std::collections::BTreeSet::new();
    for i in 0..24i64 {
        let row = c.query_one("insert into payments (account_id, amount) values ($1, 1.5) returning id, account_id", &[&(1 + i % 8)]).await?;
        same(row.get::<_, i64>(1), 1 + i % 8)?;
        seen.insert(row.get::<_, i64>(0));
    }
    same(seen.len(), 24)
}

async fn reference_table_joined_by_key(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    same(c.execute("update currencies set name = $1 where code = $2", &[&"euro", &"EUR"]).await?, 1)?;
    for i in 1..=8i64 {
        let row = c.query_one("select c.name from accounts a join currencies c on c.code = a.currency where a.id = $1", &[&i]).await?;
        same(row.get::<_, String>(0), "euro")?;
    }
    Ok(())
}

async fn pipelined_queries(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let by_key = c.prepare("select owner from accounts where id = $1").await?;
    let keys: Vec<i64> = (0..200).map(|i| 1 + i % 8).collect();
    let rows = try_join_all(keys.iter().map(|k| c.query_one_of(&by_key, k))).await?;
    same(rows, keys.iter().map(|k| owner(*k)).collect::<Vec<_>>())?;
    // Each query has its own Sync: one that fails leaves the others alone.
    let texts = ["select owner from accounts where id = 1", "select (1/0)::text", "select * frm", "select owner from accounts where id = 2"];
    let results = join_all(texts.iter().map(|t| c.query_one(*t, &[]))).await;
    same(results.iter().map(|r| r.as_ref().err().and_then(|e| e.code()).map(|c| c.code().to_string())).collect::<Vec<_>>(), vec![None, Some("22012".to_string()), Some("42601".to_string()), None])?;
    same(results[3].as_ref().map(|r| r.get::<_, String>(0)).unwrap_or_default(), owner(2))
}

trait QueryOneOf {
    fn query_one_of<'a>(&'a self, statement: &'a tokio_postgres::Statement, key: &'a i64) -> BoxFuture<'a, Result<String, tokio_postgres::Error>>;
}

impl QueryOneOf for Client {
    fn query_one_of<'a>(&'a self, statement: &'a tokio_postgres::Statement, key: &'a i64) -> BoxFuture<'a, Result<String, tokio_postgres::Error>> {
        Box::pin(async move { Ok(self.query_one(statement, &[key]).await?.get(0)) })
    }
}

async fn transactions(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let mut tx = c.transaction().await?;
    for i in 1..=8i64 {
        tx.execute("update accounts set balance = 100 where id = $1", &[&i]).await?;
    }
    let inner = tx.savepoint("s").await?;
    for i in 1..=8i64 {
        inner.execute("update accounts set balance = 101 where id = $1", &[&i]).await?;
    }
    fails(inner.batch_execute("select 1/0").await, SqlState::DIVISION_BY_ZERO)?;
    inner.rollback().await?;
    tx.commit().await?;
    let tx = c.transaction().await?;
    for i in 1..=8i64 {
        tx.execute("delete from accounts where id = $1", &[&i]).await?;
    }
    tx.rollback().await?;
    for i in 1..=8i64 {
        same(c.query_one("select balance from accounts where id = $1", &[&i]).await?.get::<_, Decimal>(0), Decimal::from(100))?;
    }
    drop(c.transaction().await?);
    same(c.query_one("select 1", &[]).await?.get::<_, i32>(0), 1)
}

async fn failed_transaction_refuses_until_rollback(c: &mut Client) -> Outcome {
    c.batch_execute("begin").await?;
    fails(c.query("select * from no_such_table", &[]).await, SqlState::UNDEFINED_TABLE)?;
    fails(c.query("select 1", &[]).await, SqlState::IN_FAILED_SQL_TRANSACTION)?;
    c.batch_execute("commit").await?;
    same(c.query_one("select 1", &[]).await?.get::<_, i32>(0), 1)
}

async fn isolation_levels(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let mut other = connect().await?;
    let tx = other.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    same(tx.query_one("select owner from accounts where id = 3", &[]).await?.get::<_, String>(0), owner(3))?;
    c.batch_execute("update accounts set owner = 'changed' where id = 3").await?;
    same(tx.query_one("select owner from accounts where id = 3", &[]).await?.get::<_, String>(0), owner(3))?;
    fails(tx.batch_execute("update accounts set owner = 'x' where id = 3").await, SqlState::READ_ONLY_SQL_TRANSACTION)?;
    Ok(())
}

async fn copy_in(c: &mut Client) -> Outcome {
    fill(c, 40).await?;
    let sink = c.copy_in("copy payments (account_id, id, amount) from stdin (format binary)").await?;
    let writer = BinaryCopyInWriter::new(sink, &[Type::INT8, Type::INT8, Type::NUMERIC]);
    pin_mut!(writer);
    for i in 0..2000i64 {
        writer.as_mut().write(&[&(1 + i % 40), &i, &Decimal::from(i)]).await?;
    }
    same(writer.finish().await?, 2000)?;
    for i in [1i64, 2, 39, 40] {
        same(c.query_one("select count(*) from payments where account_id = $1", &[&i]).await?.get::<_, i64>(0), 50)?;
    }
    let sink = c.copy_in("copy payments (account_id, id, amount) from stdin").await?;
    pin_mut!(sink);
    sink.send(Bytes::from("2\t5000\t1\n1\t0\t1\n")).await?;
    let e = fails(sink.finish().await, SqlState::UNIQUE_VIOLATION)?;
    same(e.constraint(), Some("payments_pkey"))?;
    same(c.query_one("select count(*) from payments where account_id = 2 and id = 5000", &[]).await?.get::<_, i64>(0), 0)?;
    let given_up = c.copy_in::<_, Bytes>("copy payments (account_id, id, amount) from stdin").await?;
    drop(given_up);
    same(c.query_one("select 1", &[]).await?.get::<_, i32>(0), 1)
}

async fn copy_out(c: &mut Client) -> Outcome {
    fill(c, 40).await?;
    let parts: Vec<Bytes> = c.copy_out("copy accounts (id, owner) to stdout").await?.try_collect().await?;
    let text = String::from_utf8(parts.concat())?;
    let mut lines: Vec<_> = text.lines().map(str::to_string).collect();
    let mut wanted: Vec<_> = (1..=40).map(|i| format!("{i}\towner {i}")).collect();
    lines.sort();
    wanted.sort();
    same(lines, wanted)?;
    let stream = c.copy_out("copy accounts (id, owner) to stdout (format binary)").await?;
    let rows: Vec<_> = BinaryCopyOutStream::new(stream, &[Type::INT8, Type::TEXT]).try_collect().await?;
    let mut got: Vec<(i64, String)> = rows.iter().map(|r| (r.get(0), r.get(1))).collect();
    got.sort();
    same(got, (1..=40).map(|i| (i, owner(i))).collect::<Vec<_>>())
}

async fn cancel(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    for text in ["select pg_sleep(30)", "select pg_sleep(30) from accounts where id = 3"] {
        let token = c.cancel_token();
        let began = Instant::now();
        let canceller = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            token.cancel_query(NoTls).await
        });
        fails(c.batch_execute(text).await, SqlState::QUERY_CANCELED)?;
        canceller.await??;
        same(began.elapsed() < Duration::from_secs(10), true)?;
        same(c.query_one("select 1", &[]).await?.get::<_, i32>(0), 1)?;
    }
    Ok(())
}

async fn syntax_error_with_position(c: &mut Client) -> Outcome {
    let e = fails(c.query("select 'ż' as a\n  frm accounts", &[]).await, SqlState::SYNTAX_ERROR)?;
    same(e.position(), Some(&ErrorPosition::Original(19)))?;
    let e = fails(c.query("select nope from accounts where id = $1", &[&1i64]).await, SqlState::UNDEFINED_COLUMN)?;
    same(e.position(), Some(&ErrorPosition::Original(8)))
}

async fn unique_violation_and_going_on(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    for i in 1..=8i64 {
        let e = fails(c.execute("insert into accounts values ($1, 'again', 'EUR')", &[&i]).await, SqlState::UNIQUE_VIOLATION)?;
        same((e.constraint(), e.detail()), (Some("accounts_pkey"), Some(format!("Key (id)=({i}) already exists.").as_str())))?;
        same(owner_of(c, i).await?, owner(i))?;
    }
    Ok(())
}

async fn portal_with_row_limits(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let sink = c.copy_in("copy payments (account_id, id, amount) from stdin").await?;
    pin_mut!(sink);
    for i in 0..500 {
        sink.send(Bytes::from(format!("2\t{i}\t1\n"))).await?;
    }
    same(sink.finish().await?, 500)?;
    let tx = c.transaction().await?;
    let portal = tx.bind("select id from payments where account_id = $1 order by id", &[&2i64]).await?;
    let mut got: Vec<i64> = Vec::new();
    loop {
        let rows = tx.query_portal(&portal, 37).await?;
        same(tx.query_one("select owner from accounts where id = 1", &[]).await?.get::<_, String>(0), owner(1))?;
        if rows.is_empty() {
            break;
        }
        got.extend(rows.iter().map(|r| r.get::<_, i64>(0)));
    }
    tx.commit().await?;
    same(got, (0..500).collect::<Vec<i64>>())
}

async fn rows_are_streamed(c: &mut Client) -> Outcome {
    let none: [&(dyn ToSql + Sync); 0] = [];
    let rows = c.query_raw("select g from generate_series(1, 50000) g", none.iter().map(|p| p.borrow_to_sql())).await?;
    same(rows.count().await, 50000)
}

#[derive(Debug, PartialEq, Clone, ToSql, FromSql)]
#[postgres(name = "mood", rename_all = "lowercase")]
enum Mood {
    Sad,
    Happy,
}

#[derive(Debug, PartialEq, Clone, ToSql, FromSql)]
#[postgres(name = "place")]
struct Place {
    name: String,
    mood: Mood,
    size: i32,
}

async fn user_types(c: &mut Client) -> Outcome {
    c.batch_execute("create type mood as enum ('sad', 'happy')").await?;
    c.batch_execute("create type place as (name text, mood mood, size integer)").await?;
    c.batch_execute("create table moods (id integer primary key, m mood, ms mood[], p place, ps place[])").await?;
    c.batch_execute("alter table accounts add column p place, add column ms mood[]").await?;
    let here = Place { name: "here, (there)".into(), mood: Mood::Happy, size: 3 };
    let moods = vec![Mood::Sad, Mood::Happy];
    c.execute("insert into moods values (1, $1, $2, $3, $4)", &[&Mood::Sad, &moods, &here, &vec![here.clone()]]).await?;
    let row = c.query_one("select m, ms, p, ps from moods where m = $1", &[&Mood::Sad]).await?;
    same((row.get(0), row.get(1), row.get(2), row.get(3)), (Mood::Sad, moods.clone(), here.clone(), vec![here.clone()]))?;
    fill(c, 8).await?;
    for i in 1..=8i64 {
        c.execute("update accounts set p = $2, ms = $3 where id = $1", &[&i, &here, &moods]).await?;
        let row = c.query_one("select p, ms from accounts where id = $1", &[&i]).await?;
        same((row.get(0), row.get(1)), (here.clone(), moods.clone()))?;
    }
    c.batch_execute("alter table accounts drop column p, drop column ms; drop table moods; drop type place; drop type mood").await?;
    Ok(())
}

async fn notices_and_notifications(c: &mut Client) -> Outcome {
    let (listener, mut connection) = tokio_postgres::connect(&url(), NoTls).await?;
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            let _ = match message {
                AsyncMessage::Notification(n) => sender.send(format!("{} {}", n.channel(), n.payload())),
                AsyncMessage::Notice(n) => sender.send(format!("{} {}", n.severity(), n.message())),
                _ => Ok(()),
            };
        }
    });
    listener.batch_execute("do $$ begin raise warning 'watch out'; end $$").await?;
    listener.batch_execute("listen news").await?;
    c.execute("select pg_notify('news', $1)", &[&"hello"]).await?;
    let mut got = Vec::new();
    for _ in 0..2 {
        got.push(tokio::time::timeout(Duration::from_secs(10), receiver.recv()).await?.unwrap_or_default());
    }
    same(got, vec!["WARNING watch out".to_string(), "news hello".to_string()])
}

async fn many_statements_in_one_query(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let messages = c.simple_query("update accounts set owner = 'm' where id = 1; select owner from accounts where id = 1; select 2 as two").await?;
    let counts: Vec<u64> = messages.iter().filter_map(|m| if let SimpleQueryMessage::CommandComplete(n) = m { Some(*n) } else { None }).collect();
    same(counts, vec![1, 1, 1])?;
    fails(c.batch_execute("update accounts set owner = 'n' where id = 1; update accounts set owner = 'n' where id = 2; select 1/0").await, SqlState::DIVISION_BY_ZERO)?;
    same((owner_of(c, 1).await?, owner_of(c, 2).await?), ("m".to_string(), owner(2)))
}

async fn many_connections(c: &mut Client) -> Outcome {
    fill(c, 8).await?;
    let got = try_join_all((0..32i64).map(|i| async move {
        let other = connect().await?;
        owner_of(&other, 1 + i % 8).await
    }))
    .await?;
    same(got, (0..32).map(|i| owner(1 + i % 8)).collect::<Vec<_>>())
}

async fn large_values(c: &mut Client) -> Outcome {
    let big = "x".repeat(3_000_000);
    c.execute("insert into documents values ('big', 'one', to_jsonb($1::text))", &[&big]).await?;
    let got: String = c.query_one("select body #>> '{}' from documents where tenant = 'big'", &[]).await?.get(0);
    same(got == big, true)
}

macro_rules! checks {
    ($($name:ident),* $(,)?) => { [$((stringify!($name), (|c| Box::pin($name(c))) as Check)),*] };
}

async fn attempt(check: Check) -> Outcome {
    let mut client = connect().await?;
    client.batch_execute("truncate payments, accounts, currencies, documents, readings, every_type").await?;
    tokio::time::timeout(Duration::from_secs(60), check(&mut client)).await?
}

async fn relations(c: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = c.query("select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1", &[]).await?;
    Ok(rows.iter().map(|r| r.get(0)).collect())
}

#[tokio::main]
async fn main() -> Outcome {
    let checks = checks![
        login, wrong_password, unknown_database, parameters_binary, parameters_text, every_type_in_a_table, prepared_statements_by_key, keys_of_text_and_uuid,
        generated_ids_and_returning, reference_table_joined_by_key, pipelined_queries, transactions, failed_transaction_refuses_until_rollback, isolation_levels,
        copy_in, copy_out, cancel, syntax_error_with_position, unique_violation_and_going_on, portal_with_row_limits, rows_are_streamed, user_types,
        notices_and_notifications, many_statements_in_one_query, many_connections, large_values,
    ];
    let client = connect().await?;
    client.batch_execute(DROP).await?;
    let before = relations(&client).await?;
    client.batch_execute(SCHEMA).await?;
    let mut failed = 0;
    for (name, check) in checks {
        match attempt(check).await {
            Ok(()) => println!("ok tokio-postgres.{name}"),
            Err(e) => {
                failed += 1;
                println!("FAIL tokio-postgres.{name} {}", format!("{e} {e:?}").replace('\n', " "));
            }
        }
    }
    client.batch_execute(DROP).await?;
    let left = relations(&client).await?;
    if left == before {
        println!("ok tokio-postgres.nothing_left");
    } else {
        failed += 1;
        println!("FAIL tokio-postgres.nothing_left {left:?}");
    }
    std::process::exit(i32::from(failed > 0));
}
