"""SQLAlchemy and Alembic against SHARDGATE_URL: one line per check, exit code 1 when one failed."""

import asyncio
import os
import sys
import traceback
from decimal import Decimal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, delete, func, inspect, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, joinedload, selectinload

from model import Base, Country, Customer, Order, OrderLine, Setting

URL = os.environ["SHARDGATE_URL"]
CHECKS = []
config = Config()
config.set_main_option("script_location", os.path.join(os.path.dirname(os.path.abspath(__file__)), "migrations"))
config.set_main_option("path_separator", "os")
engine = create_engine(URL.replace("postgresql://", "postgresql+psycopg://"))


def check(function):
    CHECKS.append(function)
    return function


def session():
    """Objects are not read again by their primary key after a commit: an order's names no shard."""
    return Session(engine, expire_on_commit=False)


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def columns(table):
    return [c["name"] for c in inspect(engine).get_columns(table)]


@check
def migrate_to_the_first_version():
    command.upgrade(config, "0001")
    same(columns("orders"), ["id", "customer_id", "total", "status", "tags", "at"])
    same([fk["referred_table"] for fk in inspect(engine).get_foreign_keys("orders")], ["customers"])
    same(inspect(engine).get_pk_constraint("orders")["constrained_columns"], ["id"])


@check
def write_before_the_added_column():
    with engine.begin() as c:
        for i in range(8):
            customer = c.execute(text("insert into customers (name, country) values (:n, 'DE') returning id"), {"n": f"old {i}"}).scalar_one()
            c.execute(text("insert into orders (customer_id, total) values (:c, 1)"), {"c": customer})


@check
def migrate_again_with_an_added_column():
    command.upgrade(config, "head")
    command.upgrade(config, "head")
    same(columns("orders")[-1], "note")


@check
def model_and_database_agree():
    with engine.connect() as c:
        same([d for d in compare_metadata(MigrationContext.configure(c), Base.metadata)], [])


@check
def reference_and_home_tables():
    with session() as s:
        s.add(Country(code="FR", name="France"))
        s.add(Setting(name="currency", value="EUR"))
        s.commit()
        same([c.code for c in s.scalars(select(Country).order_by(Country.code))], ["DE", "FR", "JP"])
        s.get_one(Country, "FR").name = "la France"
        s.get_one(Setting, "currency").value = "JPY"
        s.commit()
        s.expire_all()
        same(s.get_one(Country, "FR").name, "la France")
        same(s.scalar(select(Setting.value)), "JPY")


@check
def generated_ids_and_a_key_unlike_the_primary_key():
    with session() as s:
        customer = Customer(name="Ann", country="DE", details={"vip": True})
        s.add(customer)
        s.flush()
        order = Order(customer_id=customer.id, total=Decimal("12.50"), tags=["a", "b, c"], status="paid", note="new")
        s.add(order)
        s.commit()
        assert customer.id and order.id
        found = s.scalars(select(Order).where(Order.customer_id == customer.id, Order.id == order.id)).one()
        same((found.total, found.tags, found.status, found.note, found.at.tzinfo is None), (Decimal("12.50"), ["a", "b, c"], "paid", "new", False))
        same(s.scalar(select(Customer.details["vip"].as_boolean()).where(Customer.id == customer.id)), True)


@check
def many_objects_in_one_flush_keep_their_ids():
    """insertmanyvalues: one INSERT for all rows, whose RETURNING is matched to the objects by the generated id."""
    with session() as s:
        customers = [Customer(name=f"bulk {i}", country="JP") for i in range(30)]
        s.add_all(customers)
        s.flush()
        same(len({c.id for c in customers}), 30)
        orders = [Order(customer_id=customers[i % 30].id, total=Decimal(i)) for i in range(120)]
        s.add_all(orders)
        s.commit()
        ids = [(c.id, c.name) for c in customers]
        placed = [(o.id, o.customer_id, o.total) for o in orders]
    with session() as s:
        for id, name in ids:
            same(s.scalar(select(Customer.name).where(Customer.id == id)), name)
        for id, customer, total in placed:
            same(s.scalar(select(Order.total).where(Order.customer_id == customer, Order.id == id)), total)
        for id, _ in ids:
            same(s.scalar(select(func.count()).select_from(Order).where(Order.customer_id == id)), 4)


@check
def relations_of_one_customer():
    with session() as s:
        id = s.scalar(text("insert into customers (name, country) values ('Bo', 'JP') returning id"))
        s.add_all([Order(customer_id=id, total=n) for n in range(3)])
        s.commit()
        for option in (selectinload(Customer.orders), joinedload(Customer.orders)):
            s.expire_all()
            bo = s.scalars(select(Customer).where(Customer.id == id).options(option)).unique().one()
            same([o.total for o in bo.orders], [0, 1, 2])
        lazily = s.scalars(select(Customer).where(Customer.id == id)).one()
        same(len(lazily.orders), 3)
        rows = s.execute(select(Customer.name, Country.name, Order.total).join(Order).join(Country, Country.code == Customer.country).where(Customer.id == id).order_by(Order.total)).all()
        same([tuple(r) for r in rows], [("Bo", "Japan", 0), ("Bo", "Japan", 1), ("Bo", "Japan", 2)])


@check
def objects_with_the_key_in_their_identity():
    with session() as s:
        id = s.scalar(text("insert into customers (name, country) values ('Cy', 'DE') returning id"))
        line = OrderLine(customer_id=id, order_id=1, product="tea")
        s.add(line)
        s.commit()
        line.product = "coffee"
        s.commit()
        same(s.get_one(OrderLine, (id, line.id)).product, "coffee")
        s.delete(line)
        s.commit()
        same(s.scalar(select(func.count()).select_from(OrderLine).where(OrderLine.customer_id == id)), 0)


@check
def update_delete_and_upsert_by_key():
    with session() as s:
        id = s.scalar(text("insert into customers (name, country) values ('Di', 'DE') returning id"))
        s.add_all([Order(customer_id=id, total=n) for n in range(4)])
        s.commit()
        same(sorted(s.scalars(update(Order).where(Order.customer_id == id, Order.total > 1).values(note="big").returning(Order.total))), [2, 3])
        same(s.execute(delete(Order).where(Order.customer_id == id, Order.total == 0)).rowcount, 1)
        statement = insert(Customer).values(id=id, name="Di again", country="JP")
        s.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"name": statement.excluded.name}))
        s.commit()
        same(s.execute(select(Customer.name, func.count(Order.id), func.sum(Order.total)).join(Order).where(Customer.id == id).group_by(Customer.name)).one(), ("Di again", 3, 6))


@check
def transactions_over_shards_and_savepoints():
    with session() as s:
        ids = [s.scalar(text("insert into customers (name, country) values ('tx', 'DE') returning id")) for _ in range(8)]
        s.commit()
        for id in ids:
            s.execute(update(Customer).where(Customer.id == id).values(name="kept"))
        with s.begin_nested() as inner:
            for id in ids:
                s.execute(update(Customer).where(Customer.id == id).values(name="lost"))
            inner.rollback()
        try:
            with s.begin_nested():
                s.execute(insert(Customer).values(id=ids[0], name="twice", country="DE"))
            raise AssertionError("no error")
        except IntegrityError:
            pass
        s.commit()
        for id in ids:
            s.execute(delete(Customer).where(Customer.id == id))
        s.rollback()
        same({s.scalar(select(Customer.name).where(Customer.id == id)) for id in ids}, {"kept"})


@check
def server_side_cursor():
    with session() as s:
        id = s.scalar(text("insert into customers (name, country) values ('Ed', 'DE') returning id"))
        s.execute(insert(OrderLine), [{"customer_id": id, "order_id": n, "product": f"p{n}"} for n in range(500)])
        s.commit()
    with engine.connect() as c:
        rows = c.execution_options(yield_per=37).execute(select(OrderLine.order_id).where(OrderLine.customer_id == id).order_by(OrderLine.order_id))
        same([r[0] for r in rows], list(range(500)))


@check
def asynchronously_with_asyncpg():
    async def work():
        other = create_async_engine(URL.replace("postgresql://", "postgresql+asyncpg://"))
        async with AsyncSession(other, expire_on_commit=False) as s:
            customers = [Customer(name=f"async {i}", country="DE") for i in range(10)]
            s.add_all(customers)
            await s.commit()
            s.add_all([Order(customer_id=c.id, total=Decimal("1.25"), status="paid") for c in customers])
            await s.commit()
            for c in customers:
                found = (await s.scalars(select(Order).where(Order.customer_id == c.id, Order.status == "paid"))).one()
                same((found.total, c.name.split()[0]), (Decimal("1.25"), "async"))
        await other.dispose()

    asyncio.run(work())


@check
def reflected_tables():
    same(sorted(inspect(engine).get_table_names()), ["alembic_version", "countries", "customers", "order_lines", "orders", "settings"])
    same(inspect(engine).get_enums()[0]["labels"], ["open", "paid"])


@check
def migrate_down_to_nothing():
    command.downgrade(config, "0001")
    same("note" in columns("orders"), False)
    command.downgrade(config, "base")
    with engine.begin() as c:
        c.execute(text("drop table alembic_version"))
    same(inspect(engine).get_table_names(), [])


def sweep():
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("drop table if exists alembic_version, settings, order_lines, orders, customers, countries cascade"))
        c.execute(text("drop type if exists order_status"))


def main():
    failed = 0
    sweep()
    for function in CHECKS:
        name = f"sqlalchemy.{function.__name__}"
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL {name} {type(e).__name__}: {' '.join(str(e).split())[:600]}", flush=True)
            traceback.print_exc()
    sweep()
    engine.dispose()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
