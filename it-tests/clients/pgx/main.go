// Command check runs pgx 5 against SHARDGATE_URL: one line per check, exit code 1 when one failed.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

var url = os.Getenv("SHARDGATE_URL")

const drop = `drop table if exists payments, accounts, documents, readings, currencies, every_type, moods, parcels cascade;
drop type if exists place cascade;
drop type if exists mood cascade;
drop extension if exists citext cascade`

const schema = `
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
create table every_type (id integer primary key, a_bool boolean, a_int2 smallint, a_int8 bigint, a_float8 double precision, a_numeric numeric, a_text text, a_bytea bytea, a_date date,
    a_timestamptz timestamptz, a_uuid uuid, a_jsonb jsonb, an_inet inet, int4s integer[], texts text[])`

// value is one value of a type, and a fresh pointer to scan it into.
type value struct {
	kind string
	in   any
	out  func() any
}

func scan[T any]() any { return new(T) }

var utc = time.Date(2024, 2, 29, 12, 30, 1, 2000, time.UTC)

var values = []value{
	{"boolean", true, scan[bool]},
	{"smallint", int16(-32768), scan[int16]},
	{"bigint", int64(-1 << 63), scan[int64]},
	{"double precision", 0.1, scan[float64]},
	{"numeric", pgtype.Numeric{Int: big.NewInt(-1234567890123456789), Exp: -10, Valid: true}, scan[pgtype.Numeric]},
	{"text", "żółć, 漢字, \U0001F600, 'quoted'\n", scan[string]},
	{"bytea", []byte{0, 1, 2, 0xff, '\\', '\''}, scan[[]byte]},
	{"date", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), scan[time.Time]},
	{"timestamptz", utc, scan[time.Time]},
	{"uuid", [16]byte{1, 2, 3, 15: 0xff}, scan[[16]byte]},
	{"jsonb", map[string]any{"ł": []any{1.0, nil, "\u20ac"}}, scan[map[string]any]},
	{"inet", netip.MustParsePrefix("10.1.2.3/8"), scan[netip.Prefix]},
	{"integer[]", []*int32{ptr(int32(1)), nil, ptr(int32(-3))}, scan[[]*int32]},
	{"text[]", []*string{ptr("a"), nil, ptr(""), ptr(`q"u,o{t}e`), ptr("NULL")}, scan[[]*string]},
}

func ptr[T any](v T) *T { return &v }

var modes = map[string]pgx.QueryExecMode{
	"cache_statement": pgx.QueryExecModeCacheStatement,
	"cache_describe":  pgx.QueryExecModeCacheDescribe,
	"describe_exec":   pgx.QueryExecModeDescribeExec,
	"exec":            pgx.QueryExecModeExec,
	"simple_protocol": pgx.QueryExecModeSimpleProtocol,
}

type failure string

func same(got, wanted any) {
	if g, ok := got.(time.Time); ok {
		got = g.UTC()
	}
	if !reflect.DeepEqual(got, wanted) {
		panic(failure(fmt.Sprintf("%#v instead of %#v", got, wanted)))
	}
}

func must[T any](v T, err error) T {
	ok(err)
	return v
}

func ok(err error) {
	if err != nil {
		panic(failure(err.Error()))
	}
}

func fails(err error, code string) *pgconn.PgError {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != code {
		panic(failure(fmt.Sprintf("%v instead of an error %s", err, code)))
	}
	return e
}

func connect(ctx context.Context) *pgx.Conn { return must(pgx.Connect(ctx, url)) }

func get[T any](ctx context.Context, c interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, text string, args ...any) T {
	var v T
	ok(c.QueryRow(ctx, text, args...).Scan(&v))
	return v
}

func fill(ctx context.Context, c *pgx.Conn, rows int) {
	must(c.Exec(ctx, "insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0)"))
	var tuples []string
	for i := 1; i <= rows; i++ {
		tuples = append(tuples, fmt.Sprintf("(%d, 'owner %d', 'EUR', %d)", i, i, i))
	}
	must(c.Exec(ctx, "insert into accounts (id, owner, currency, balance) values "+strings.Join(tuples, ", ")))
}

func owner(i int) string { return fmt.Sprintf("owner %d", i) }

var shards = func() map[string]string {
	urls := map[string]string{}
	for _, word := range strings.Fields(os.Getenv("SHARDGATE_SHARDS")) {
		name, url, _ := strings.Cut(word, "=")
		urls[name] = url
	}
	return urls
}()

const parcels = `create extension citext;
create type mood as enum ('sad', 'happy');
create type place as (name text, mood mood, label citext, moods mood[]);
create table parcels (account_id bigint primary key, m mood, ms mood[], p place, ps place[], c citext, cs citext[])`

// labelledPlace is a composite whose fields are an enum, citext and an array of the enum.
type labelledPlace struct {
	Name  string
	Mood  string
	Label string
	Moods []string
}

type parcel struct {
	m  string
	ms []*string
	p  labelledPlace
	ps []*labelledPlace
	c  string
	cs []*string
}

func newParcel(i int) parcel {
	mood := []string{"sad", "happy"}[i%2]
	place := labelledPlace{fmt.Sprintf("here, (%d)", i), mood, fmt.Sprintf("Label %d", i), []string{"sad", "happy"}}
	return parcel{mood, []*string{ptr("happy"), nil, ptr("sad")}, place, []*labelledPlace{&place, nil, &place}, fmt.Sprintf("CamelCase %d", i), []*string{ptr("A"), nil, ptr(fmt.Sprint("b", i))}}
}

func (parcel) scan(row pgx.Row) parcel {
	var got parcel
	ok(row.Scan(&got.m, &got.ms, &got.p, &got.ps, &got.c, &got.cs))
	return got
}

// moveTheNumbers uses up numbers on one shard, so that what is made next has another number there than on the others.
func moveTheNumbers(ctx context.Context) {
	if url, known := shards["s2"]; known {
		shard := must(pgx.Connect(ctx, url))
		defer shard.Close(ctx)
		must(shard.Exec(ctx, "create schema junk"))
		for i := range 7 {
			must(shard.Exec(ctx, fmt.Sprintf("create type junk.mood%d as enum ('a'); create table junk.parcels%d (id integer, label text)", i, i)))
		}
		must(shard.Exec(ctx, "drop schema junk cascade"))
	}
}

func numbers(ctx context.Context, url string) map[string]uint32 {
	c := must(pgx.Connect(ctx, url))
	defer c.Close(ctx)
	byName := map[string]uint32{}
	var name string
	var number uint32
	rows := must(c.Query(ctx, "select typname::text, oid from pg_type where typname in ('mood', '_mood', 'place', '_place', 'citext', '_citext', 'parcels')"))
	must(pgx.ForEachRow(rows, []any{&name, &number}, func() error {
		byName[name] = number
		return nil
	}))
	return byName
}

func learnTypes(ctx context.Context, c *pgx.Conn, numbers map[string]uint32) {
	citext := &pgtype.Type{Name: "citext", OID: numbers["citext"], Codec: pgtype.TextCodec{}}
	c.TypeMap().RegisterTypes(must(c.LoadTypes(ctx, []string{"mood", "_mood"})))
	c.TypeMap().RegisterType(citext)
	c.TypeMap().RegisterType(&pgtype.Type{Name: "_citext", OID: numbers["_citext"], Codec: &pgtype.ArrayCodec{ElementType: citext}})
	c.TypeMap().RegisterTypes(must(c.LoadTypes(ctx, []string{"place", "_place"})))
}

type check struct {
	name string
	run  func(context.Context, *pgx.Conn)
}

var checks = []check{
	{"login", func(ctx context.Context, c *pgx.Conn) {
		same(get[string](ctx, c, "select current_user::text || '@' || current_database()::text"), "app@app")
		same(c.PgConn().ParameterStatus("client_encoding"), "UTF8")
	}},
	{"wrong_password", func(ctx context.Context, _ *pgx.Conn) {
		config := must(pgx.ParseConfig(url))
		config.Password = "not it"
		_, err := pgx.ConnectConfig(ctx, config)
		fails(err, "28P01")
	}},
	{"unknown_database", func(ctx context.Context, _ *pgx.Conn) {
		config := must(pgx.ParseConfig(url))
		config.Database = "no_such_database"
		_, err := pgx.ConnectConfig(ctx, config)
		fails(err, "3D000")
	}},
	{"parameters_in_every_mode", func(ctx context.Context, c *pgx.Conn) {
		for name, mode := range modes {
			for _, v := range values {
				// Without a described statement the driver guesses types from Go's; these it can't.
				guesses := mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol
				if guesses && (v.kind == "integer[]" || v.kind == "text[]" || v.kind == "inet" || v.kind == "uuid" || v.kind == "jsonb") {
					continue
				}
				out := v.out()
				if err := c.QueryRow(ctx, "select $1::"+v.kind, mode, v.in).Scan(out); err != nil {
					panic(failure(name + " " + v.kind + ": " + err.Error()))
				}
				same(reflect.ValueOf(out).Elem().Interface(), v.in)
				same(get[*string](ctx, c, "select $1::"+v.kind+"::text", mode, nil), (*string)(nil))
			}
		}
	}},
	{"results_text_and_binary", func(ctx context.Context, c *pgx.Conn) {
		for _, v := range values {
			for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
				out := v.out()
				ok(c.QueryRow(ctx, "select $1::"+v.kind, pgx.QueryResultFormats{format}, v.in).Scan(out))
				same(reflect.ValueOf(out).Elem().Interface(), v.in)
			}
		}
	}},
	{"every_type_in_a_table", func(ctx context.Context, c *pgx.Conn) {
		args, nulls, marks := []any{1}, []any{2}, []string{"$1"}
		for i, v := range values {
			args, nulls, marks = append(args, v.in), append(nulls, nil), append(marks, fmt.Sprintf("$%d", i+2))
		}
		insert := "insert into every_type values (" + strings.Join(marks, ", ") + ")"
		must(c.Exec(ctx, insert, args...))
		must(c.Exec(ctx, insert, nulls...))
		outs := []any{new(int)}
		for _, v := range values {
			outs = append(outs, v.out())
		}
		ok(c.QueryRow(ctx, "select * from every_type where id = $1", 1).Scan(outs...))
		for i, v := range values {
			same(reflect.ValueOf(outs[i+1]).Elem().Interface(), v.in)
		}
		row := must(pgx.CollectExactlyOneRow(must(c.Query(ctx, "select * from every_type where id = $1", 2)), pgx.RowToMap))
		for name, v := range row {
			if name != "id" {
				same(v, nil)
			}
		}
	}},
	{"statements_by_key_in_every_mode", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 20)
		for _, mode := range modes {
			for i := 1; i <= 20; i++ {
				same(get[string](ctx, c, "select owner from accounts where id = $1", mode, int64(i)), owner(i))
			}
		}
		must(c.Prepare(ctx, "by_key", "select owner from accounts where id = $1"))
		for i := 1; i <= 20; i++ {
			same(get[string](ctx, c, "by_key", i), owner(i))
		}
		ok(c.Deallocate(ctx, "by_key"))
		ok(c.DeallocateAll(ctx))
		same(get[string](ctx, c, "select owner from accounts where id = $1", 5), owner(5))
	}},
	{"keys_of_text_and_uuid", func(ctx context.Context, c *pgx.Conn) {
		for i := range 8 {
			device := [16]byte{byte(i * 37), 15: byte(i)}
			must(c.Exec(ctx, "insert into readings values ($1, $2, $3)", device, utc, float64(i)/4))
			must(c.Exec(ctx, "insert into documents values ($1, 'a', $2)", fmt.Sprintf("tenant ż%d", i), map[string]int{"n": i}))
			same(get[float64](ctx, c, "select value from readings where device = $1", device), float64(i)/4)
			same(get[string](ctx, c, "select body ->> 'n' from documents where tenant = $1", fmt.Sprintf("tenant ż%d", i)), fmt.Sprint(i))
		}
	}},
	{"generated_ids_and_returning", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		seen := map[int64]bool{}
		for i := range 24 {
			seen[get[int64](ctx, c, "insert into payments (account_id, amount) values ($1, 1.5) returning id", 1+i%8)] = true
		}
		same(len(seen), 24)
	}},
	{"reference_table_joined_by_key", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		same(must(c.Exec(ctx, "update currencies set name = $1 where code = $2", "euro", "EUR")).String(), "UPDATE 1")
		for i := 1; i <= 8; i++ {
			same(get[string](ctx, c, "select c.name from accounts a join currencies c on c.code = a.currency where a.id = $1", i), "euro")
		}
	}},
	{"batch", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		batch := &pgx.Batch{}
		var got []string
		for i := range 40 {
			batch.Queue("update accounts set balance = balance + $2 where id = $1", 1+i%8, 10)
			batch.Queue("select owner from accounts where id = $1", 1+i%8).QueryRow(func(row pgx.Row) error {
				var s string
				err := row.Scan(&s)
				got = append(got, s)
				return err
			})
		}
		ok(c.SendBatch(ctx, batch).Close())
		for i, s := range got {
			same(s, owner(1+i%8))
		}
		same(len(got), 40)
		failing := &pgx.Batch{}
		failing.Queue("update accounts set owner = 'x' where id = 1")
		failing.Queue("update accounts set owner = 'x' where id = 2")
		failing.Queue("select 1/0 from accounts where id = 3")
		failing.Queue("update accounts set owner = 'x' where id = 4")
		fails(c.SendBatch(ctx, failing).Close(), "22012")
		for i := 1; i <= 4; i++ {
			same(get[string](ctx, c, "select owner from accounts where id = $1", i), owner(i))
			same(get[string](ctx, c, "select balance::text from accounts where id = $1", i), fmt.Sprintf("%d.00", 50+i))
		}
	}},
	{"pipeline", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		p := c.PgConn().StartPipeline(ctx)
		p.SendPrepare("piped", "select owner from accounts where id = $1", nil)
		for i := 1; i <= 8; i++ {
			p.SendQueryPrepared("piped", [][]byte{[]byte(fmt.Sprint(i))}, nil, nil)
		}
		ok(p.Sync())
		p.SendQueryParams("select 1/0 from accounts where id = 1", nil, nil, nil, nil)
		p.SendQueryParams("update accounts set owner = 'skipped' where id = 2", nil, nil, nil, nil)
		ok(p.Sync())
		p.SendQueryParams("select owner from accounts where id = 2", nil, nil, nil, nil)
		p.SendDeallocate("piped")
		ok(p.Sync())
		var got []string
		var code string
		for {
			result, err := p.GetResults()
			var e *pgconn.PgError
			if errors.As(err, &e) {
				code = e.Code
				continue
			}
			ok(err)
			if result == nil {
				break
			}
			if reader, is := result.(*pgconn.ResultReader); is {
				read := reader.Read()
				if errors.As(read.Err, &e) {
					code = e.Code
					continue
				}
				ok(read.Err)
				for _, row := range read.Rows {
					got = append(got, string(row[0]))
				}
			}
		}
		ok(p.Close())
		same(got, []string{owner(1), owner(2), owner(3), owner(4), owner(5), owner(6), owner(7), owner(8), owner(2)})
		same(code, "22012")
	}},
	{"transactions", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		ok(pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			for i := 1; i <= 8; i++ {
				must(tx.Exec(ctx, "update accounts set balance = 100 where id = $1", i))
			}
			inner := must(tx.Begin(ctx))
			for i := 1; i <= 8; i++ {
				must(inner.Exec(ctx, "update accounts set balance = 101 where id = $1", i))
			}
			_, err := inner.Exec(ctx, "select 1/0")
			fails(err, "22012")
			return inner.Rollback(ctx)
		}))
		tx := must(c.Begin(ctx))
		for i := 1; i <= 8; i++ {
			must(tx.Exec(ctx, "delete from accounts where id = $1", i))
		}
		ok(tx.Rollback(ctx))
		for i := 1; i <= 8; i++ {
			same(get[string](ctx, c, "select balance::text from accounts where id = $1", i), "100.00")
		}
	}},
	{"failed_transaction_refuses_until_rollback", func(ctx context.Context, c *pgx.Conn) {
		tx := must(c.Begin(ctx))
		_, err := tx.Exec(ctx, "select * from no_such_table")
		fails(err, "42P01")
		_, err = tx.Exec(ctx, "select 1")
		fails(err, "25P02")
		if err := tx.Commit(ctx); !errors.Is(err, pgx.ErrTxCommitRollback) {
			panic(failure(fmt.Sprint("commit answered ", err)))
		}
		same(get[int](ctx, c, "select 1"), 1)
	}},
	{"isolation_levels", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		other := connect(ctx)
		defer other.Close(ctx)
		tx := must(other.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}))
		same(get[string](ctx, tx, "select owner from accounts where id = 3"), owner(3))
		must(c.Exec(ctx, "update accounts set owner = 'changed' where id = 3"))
		same(get[string](ctx, tx, "select owner from accounts where id = 3"), owner(3))
		_, err := tx.Exec(ctx, "update accounts set owner = 'x' where id = 3")
		fails(err, "25006")
		ok(tx.Rollback(ctx))
	}},
	{"copy_in", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 40)
		rows := make([][]any, 2000)
		for i := range rows {
			rows[i] = []any{int64(1 + i%40), int64(i), fmt.Sprint(i), nil}
		}
		columns := []string{"account_id", "id", "amount", "note"}
		same(must(c.CopyFrom(ctx, pgx.Identifier{"payments"}, columns, pgx.CopyFromRows(rows))), int64(2000))
		for _, i := range []int{1, 2, 39, 40} {
			same(get[int](ctx, c, "select count(*) from payments where account_id = $1", i), 50)
		}
		_, err := c.CopyFrom(ctx, pgx.Identifier{"payments"}, columns, pgx.CopyFromRows([][]any{{2, 5000, "1", nil}, {1, 0, "1", nil}}))
		same(fails(err, "23505").ConstraintName, "payments_pkey")
		same(get[int](ctx, c, "select count(*) from payments where account_id = 2 and id = 5000"), 0)
		source := pgx.CopyFromFunc(func() ([]any, error) { return nil, errors.New("the source gave up") })
		_, err = c.CopyFrom(ctx, pgx.Identifier{"payments"}, columns, source)
		same(fails(err, "57014").Code, "57014")
		same(get[int](ctx, c, "select 1"), 1)
	}},
	{"copy_out", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 40)
		var out bytes.Buffer
		same(must(c.PgConn().CopyTo(ctx, &out, "copy accounts (id, owner) to stdout")).String(), "COPY 40")
		got, wanted := strings.Split(strings.TrimSpace(out.String()), "\n"), []string{}
		for i := 1; i <= 40; i++ {
			wanted = append(wanted, fmt.Sprintf("%d\towner %d", i, i))
		}
		sort.Strings(got)
		sort.Strings(wanted)
		same(got, wanted)
	}},
	{"cancel", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		for _, text := range []string{"select pg_sleep(30)", "select pg_sleep(30) from accounts where id = 3"} {
			began := time.Now()
			go func() {
				time.Sleep(400 * time.Millisecond)
				_ = c.PgConn().CancelRequest(ctx)
			}()
			_, err := c.Exec(ctx, text)
			fails(err, "57014")
			same(time.Since(began) < 10*time.Second, true)
			time.Sleep(100 * time.Millisecond)
			same(get[int](ctx, c, "select 1"), 1)
		}
	}},
	{"a_deadline_closes_the_connection", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		other := connect(ctx)
		tx := must(other.Begin(ctx))
		must(tx.Exec(ctx, "update accounts set owner = 'gone' where id = 3"))
		short, end := context.WithTimeout(ctx, 300*time.Millisecond)
		defer end()
		_, err := tx.Exec(short, "select pg_sleep(20) from accounts where id = 3")
		same(errors.Is(err, context.DeadlineExceeded), true)
		same(must(c.Exec(ctx, "update accounts set owner = 'free' where id = 3 and owner = 'owner 3'")).RowsAffected(), int64(1))
	}},
	{"syntax_error_with_position", func(ctx context.Context, c *pgx.Conn) {
		for _, mode := range modes {
			_, err := c.Exec(ctx, "select 'ż' as a\n  frm accounts", mode)
			same(fails(err, "42601").Position, int32(19))
			_, err = c.Exec(ctx, "select nope from accounts where id = 1", mode)
			same(fails(err, "42703").Position, int32(8))
		}
	}},
	{"unique_violation_and_going_on", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		for i := 1; i <= 8; i++ {
			_, err := c.Exec(ctx, "insert into accounts values ($1, 'again', 'EUR')", i)
			e := fails(err, "23505")
			same([]string{e.ConstraintName, e.TableName, e.Detail}, []string{"accounts_pkey", "accounts", fmt.Sprintf("Key (id)=(%d) already exists.", i)})
			same(get[string](ctx, c, "select owner from accounts where id = $1", i), owner(i))
		}
	}},
	{"portal_with_row_limits", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 3)
		rows := make([][]any, 500)
		for i := range rows {
			rows[i] = []any{int64(2), int64(i), "1"}
		}
		must(c.CopyFrom(ctx, pgx.Identifier{"payments"}, []string{"account_id", "id", "amount"}, pgx.CopyFromRows(rows)))
		tx := must(c.Begin(ctx))
		must(tx.Exec(ctx, "declare c cursor for select id from payments where account_id = 2 order by id"))
		var got []int64
		for {
			some := must(pgx.CollectRows(must(tx.Query(ctx, "fetch 37 from c")), pgx.RowTo[int64]))
			if len(some) == 0 {
				break
			}
			got = append(got, some...)
		}
		same([]int64{int64(len(got)), got[0], got[499]}, []int64{500, 0, 499})
		must(tx.Exec(ctx, "close c"))
		ok(tx.Commit(ctx))
	}},
	{"user_types", func(ctx context.Context, c *pgx.Conn) {
		must(c.Exec(ctx, "create type mood as enum ('sad', 'happy')"))
		must(c.Exec(ctx, "create type place as (name text, mood mood, size integer)"))
		must(c.Exec(ctx, "create table moods (id integer primary key, m mood, ms mood[], p place, ps place[])"))
		must(c.Exec(ctx, "alter table accounts add column p place, add column ms mood[]"))
		types := must(c.LoadTypes(ctx, []string{"mood", "_mood", "place", "_place"}))
		c.TypeMap().RegisterTypes(types)
		type place struct {
			Name string
			Mood string
			Size int32
		}
		here := place{"here, (there)", "happy", 3}
		must(c.Exec(ctx, "insert into moods values (1, $1, $2, $3, $4)", "sad", []string{"sad", "happy"}, here, []place{here, {"a", "sad", 1}}))
		for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
			var m string
			var ms []string
			var p place
			var ps []place
			ok(c.QueryRow(ctx, "select m, ms, p, ps from moods where id = $1", pgx.QueryResultFormats{format}, 1).Scan(&m, &ms, &p, &ps))
			same([]any{m, ms, p, ps}, []any{"sad", []string{"sad", "happy"}, here, []place{here, {"a", "sad", 1}}})
		}
		fill(ctx, c, 8)
		for i := 1; i <= 8; i++ {
			var p place
			var ms []string
			must(c.Exec(ctx, "update accounts set p = $2, ms = $3 where id = $1", i, here, []string{"happy"}))
			ok(c.QueryRow(ctx, "select p, ms from accounts where id = $1", i).Scan(&p, &ms))
			same([]any{p, ms}, []any{here, []string{"happy"}})
		}
		must(c.Exec(ctx, "alter table accounts drop column p, drop column ms"))
		must(c.Exec(ctx, "drop table moods"))
		must(c.Exec(ctx, "drop type place"))
		must(c.Exec(ctx, "drop type mood"))
	}},
	{"user_types_numbered_differently_on_each_shard", func(ctx context.Context, c *pgx.Conn) {
		moveTheNumbers(ctx)
		must(c.Exec(ctx, parcels))
		defer func() {
			must(c.Exec(ctx, "drop table parcels; drop type place; drop type mood; drop extension citext"))
		}()
		seen := numbers(ctx, url)
		if len(shards) > 0 {
			same(numbers(ctx, shards["s1"]), seen)
			for name, there := range numbers(ctx, shards["s2"]) {
				if there == seen[name] {
					panic(failure(name + " has the same number on s2"))
				}
			}
		}
		learnTypes(ctx, c, seen)
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec} {
			for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
				must(c.Exec(ctx, "truncate parcels"))
				for i := 1; i <= 40; i++ {
					in := newParcel(i)
					same(in.scan(c.QueryRow(ctx, "insert into parcels values ($1, $2, $3, $4, $5, $6, $7) returning m, ms, p, ps, c, cs", mode, pgx.QueryResultFormats{format},
						i, in.m, in.ms, in.p, in.ps, in.c, in.cs)), in)
				}
				for i := 1; i <= 40; i++ {
					in := newParcel(i)
					same(in.scan(c.QueryRow(ctx, "select m, ms, p, ps, c, cs from parcels where account_id = $1 and m = $2 and ms = $3 and p = $4::place and ps = $5 and c = $6 and cs = $7", mode,
						pgx.QueryResultFormats{format}, i, in.m, in.ms, in.p, in.ps, strings.ToUpper(in.c), in.cs)), in)
					var moods []string
					ok(c.QueryRow(ctx, "update parcels set p.moods = $2 where account_id = $1 and $3 = any (ms) returning (p).moods", mode, pgx.QueryResultFormats{format},
						i, []string{in.m}, "sad").Scan(&moods))
					same(moods, []string{in.m})
				}
				in := newParcel(7)
				same(in.scan(c.QueryRow(ctx, "select $1::mood, $2::mood[], $3::place, $4::place[], $5::citext, $6::citext[]", mode, pgx.QueryResultFormats{format},
					in.m, in.ms, in.p, in.ps, in.c, in.cs)), in)
			}
		}
	}},
	{"user_types_by_copy", func(ctx context.Context, c *pgx.Conn) {
		moveTheNumbers(ctx)
		must(c.Exec(ctx, parcels))
		defer func() {
			must(c.Exec(ctx, "drop table parcels; drop type place; drop type mood; drop extension citext"))
		}()
		learnTypes(ctx, c, numbers(ctx, url))
		var rows [][]any
		for i := 1; i <= 40; i++ {
			in := newParcel(i)
			rows = append(rows, []any{int64(i), in.m, in.ms, in.p, in.ps, in.c, in.cs})
		}
		same(must(c.CopyFrom(ctx, pgx.Identifier{"parcels"}, []string{"account_id", "m", "ms", "p", "ps", "c", "cs"}, pgx.CopyFromRows(rows))), int64(40))
		for i := 1; i <= 40; i++ {
			in := newParcel(i)
			same(in.scan(c.QueryRow(ctx, "select m, ms, p, ps, c, cs from parcels where account_id = $1", i)), in)
		}
	}},
	{"listen_notify", func(ctx context.Context, c *pgx.Conn) {
		listener := connect(ctx)
		defer listener.Close(ctx)
		must(listener.Exec(ctx, "listen news"))
		must(c.Exec(ctx, "select pg_notify('news', $1)", "hello"))
		n := must(listener.WaitForNotification(ctx))
		same([]string{n.Channel, n.Payload}, []string{"news", "hello"})
		must(listener.Exec(ctx, "unlisten news"))
	}},
	{"pool", func(ctx context.Context, c *pgx.Conn) {
		fill(ctx, c, 8)
		pool := must(pgxpool.New(ctx, url+"?pool_max_conns=16"))
		defer pool.Close()
		var wait sync.WaitGroup
		wrong := make(chan string, 400)
		for i := range 400 {
			wait.Go(func() {
				var s string
				if err := pool.QueryRow(ctx, "select owner from accounts where id = $1", 1+i%8).Scan(&s); err != nil {
					wrong <- err.Error()
				} else if s != owner(1+i%8) {
					wrong <- s
				}
			})
		}
		wait.Wait()
		close(wrong)
		for w := range wrong {
			panic(failure(w))
		}
	}},
	{"large_values", func(ctx context.Context, c *pgx.Conn) {
		large := strings.Repeat("x", 3_000_000)
		must(c.Exec(ctx, "insert into documents values ('big', 'one', to_jsonb($1::text))", large))
		same(get[string](ctx, c, "select body #>> '{}' from documents where tenant = 'big'") == large, true)
	}},
}

func relations(ctx context.Context, c *pgx.Conn) []string {
	return must(pgx.CollectRows(must(c.Query(ctx, "select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1")), pgx.RowTo[string]))
}

func attempt(c check) (err string) {
	defer func() {
		if r := recover(); r != nil {
			err = strings.Join(strings.Fields(fmt.Sprint(r)), " ")
			debug.PrintStack()
		}
	}()
	ctx, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	conn := connect(ctx)
	defer conn.Close(ctx)
	must(conn.Exec(ctx, "truncate payments, accounts, currencies, documents, readings, every_type"))
	c.run(ctx, conn)
	return ""
}

func main() {
	ctx := context.Background()
	conn := connect(ctx)
	must(conn.Exec(ctx, drop))
	before := relations(ctx, conn)
	must(conn.Exec(ctx, schema))
	failed := 0
	for _, c := range checks {
		if err := attempt(c); err == "" {
			fmt.Println("ok pgx." + c.name)
		} else {
			failed++
			fmt.Println("FAIL pgx."+c.name, err)
		}
	}
	must(conn.Exec(ctx, drop))
	if left := relations(ctx, conn); reflect.DeepEqual(left, before) {
		fmt.Println("ok pgx.nothing_left")
	} else {
		failed++
		fmt.Println("FAIL pgx.nothing_left", left)
	}
	ok(conn.Close(ctx))
	if failed > 0 {
		os.Exit(1)
	}
}
