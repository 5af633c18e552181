"""Django against SHARDGATE_URL, with and without server-side binding: one line per check, exit code 1 when one failed."""

import os
import subprocess
import sys
import traceback
from decimal import Decimal

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def manage(*words):
    from django.core.management import call_command

    call_command(*words, verbosity=0, interactive=False)


def columns(table):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select column_name from information_schema.columns where table_schema = 'public' and table_name = %s order by ordinal_position", [table])
        return [row[0] for row in cursor.fetchall()]


@check
def migrate_to_the_first_version():
    manage("migrate", "shop", "0001")
    manage("migrate", "auth")
    same(columns("orders"), ["id", "customer_id", "total", "tags", "at"])


@check
def write_before_the_added_column():
    from django.db import connection

    with connection.cursor() as cursor:
        for i in range(8):
            cursor.execute("insert into customers (name, country_id, details) values (%s, 'DE', '{}') returning id", [f"old {i}"])
            cursor.execute("insert into orders (customer_id, total, tags, at) values (%s, 1, '{}', now())", cursor.fetchone())


@check
def migrate_again_with_an_added_column():
    manage("migrate")
    manage("migrate")
    same(columns("orders"), ["id", "customer_id", "total", "tags", "at", "note"])
    manage("makemigrations", "--check", "--dry-run")


@check
def reference_and_home_tables():
    from shop.models import Country, Setting

    Country.objects.create(code="FR", name="France")
    Country.objects.filter(code="FR").update(name="la France")
    same(list(Country.objects.order_by("code").values_list("code", "name")), [("DE", "Germany"), ("FR", "la France"), ("JP", "Japan")])
    setting, created = Setting.objects.get_or_create(name="currency", defaults={"value": "EUR"})
    setting.value = "JPY"
    setting.save()
    same((created, Setting.objects.get(name="currency").value), (True, "JPY"))
    same(Setting.objects.update_or_create(name="currency", defaults={"value": "SEK"})[1], False)
    same(Setting.objects.count(), 1)


@check
def users_and_permissions_at_home():
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("ann", password="secret")
    user.user_permissions.add(Permission.objects.get(codename="add_order"))
    same(User.objects.get(username="ann").has_perm("shop.add_order"), True)
    user.delete()


@check
def generated_ids_and_a_key_unlike_the_primary_key():
    from shop.models import Customer, Order, Reading

    ids = set()
    for i in range(12):
        customer = Customer.objects.create(name=f"Ann {i}", country_id="DE", details={"vip": [True, None]})
        order = Order.objects.create(customer=customer, total=Decimal("12.50"), tags=["a", "b, c"], note="new")
        ids |= {order.id}
        found = customer.orders.get(id=order.id)
        same((found.total, found.tags, found.note, found.at), (Decimal("12.50"), ["a", "b, c"], "new", order.at))
        same(Customer.objects.get(id=customer.id).details, {"vip": [True, None]})
        reading = Reading.objects.create(value=i / 4)
        same(Reading.objects.get(device=reading.device).id, reading.id)
    same(len(ids), 12)


@check
def bulk_create_gives_each_object_its_id():
    from shop.models import Customer, Order

    customers = Customer.objects.bulk_create([Customer(name=f"bulk {i}", country_id="JP") for i in range(30)])
    orders = Order.objects.bulk_create([Order(customer=customers[i % 30], total=i) for i in range(120)], batch_size=50)
    same(len({o.id for o in orders}), 120)
    for customer in customers:
        same(Customer.objects.get(id=customer.id).name, customer.name)
    for order in orders:
        same(Order.objects.get(customer_id=order.customer_id, id=order.id).total, order.total)


@check
def objects_by_their_key():
    from django.db.models import Count, F, Sum
    from shop.models import Customer, Order

    customer = Customer.objects.create(name="Bo", country_id="JP")
    customer.name = "Bo again"
    customer.save()
    Order.objects.bulk_create([Order(customer=customer, total=n) for n in range(4)])
    same(customer.orders.filter(total__gt=1).update(note="big", total=F("total") + 1), 2)
    same(customer.orders.filter(total=0).delete()[0], 1)
    same(customer.orders.aggregate(n=Count("id"), sum=Sum("total")), {"n": 3, "sum": Decimal("8.00")})
    rows = Order.objects.filter(customer=customer).select_related("customer__country").order_by("total")
    same([(o.customer.name, o.customer.country.name, o.total) for o in rows], [("Bo again", "Japan", n) for n in (1, 3, 4)])
    same([len(c.orders.all()) for c in Customer.objects.filter(id=customer.id).prefetch_related("orders")], [3])
    same(customer.orders.filter(tags__contains=[]).exists(), True)
    same(Customer.objects.update_or_create(id=customer.id, defaults={"name": "Bo once more"})[1], False)
    customer.refresh_from_db()
    same(customer.name, "Bo once more")
    same(customer.delete()[0], 4)


@check
def transactions_over_shards_and_savepoints():
    from django.db import IntegrityError, transaction
    from shop.models import Customer

    ids = [Customer.objects.create(name="tx", country_id="DE").id for _ in range(8)]
    with transaction.atomic():
        for id in ids:
            Customer.objects.filter(id=id).update(name="kept")
        try:
            with transaction.atomic():
                for id in ids:
                    Customer.objects.filter(id=id).update(name="lost")
                Customer.objects.create(id=ids[0], name="twice", country_id="DE")
            raise AssertionError("no error")
        except IntegrityError:
            pass
    try:
        with transaction.atomic():
            for id in ids:
                Customer.objects.filter(id=id).update(name="lost")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with transaction.atomic():
        same({Customer.objects.select_for_update().get(id=id).name for id in ids}, {"kept"})


@check
def iterator_over_a_server_side_cursor():
    from django.db import transaction
    from shop.models import Customer, Order

    customer = Customer.objects.create(name="Ed", country_id="DE")
    Order.objects.bulk_create([Order(customer=customer, total=n) for n in range(500)])
    same([int(o.total) for o in customer.orders.order_by("total").iterator(chunk_size=37)], list(range(500)))
    with transaction.atomic():
        same([int(o.total) for o in customer.orders.order_by("total").iterator(chunk_size=37)], list(range(500)))


@check
def inspect_the_database():
    from django.db import connection

    same([t for t in connection.introspection.table_names() if not t.startswith(("auth_", "django_"))], ["countries", "customers", "orders", "readings", "settings"])
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "orders")
    same(sorted(c["columns"] for c in constraints.values() if c["primary_key"]), [["id"]])
    same([c["foreign_key"] for c in constraints.values() if c["foreign_key"]], [("customers", "id")])


@check
def migrate_down_to_nothing():
    from django.db import connection

    manage("migrate", "shop", "0001")
    same("note" in columns("orders"), False)
    for app in ("shop", "auth", "contenttypes"):
        manage("migrate", app, "zero")
    with connection.cursor() as cursor:
        cursor.execute("drop table django_migrations")
    same(connection.introspection.table_names(), [])


def sweep():
    from django.db import connection

    tables = ("readings settings orders customers countries django_migrations auth_user_user_permissions auth_user_groups auth_group_permissions "
              "auth_user auth_group auth_permission django_content_type").split()
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {', '.join(tables)} cascade")


def run(variant):
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    failed = 0
    sweep()
    for function in CHECKS:
        name = f"django.{variant}.{function.__name__}"
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL {name} {type(e).__name__}: {' '.join(str(e).split())[:600]}", flush=True)
            traceback.print_exc()
    sweep()
    return 1 if failed else 0


def main():
    if len(sys.argv) > 1:
        return run(sys.argv[1])
    failed = 0
    for variant, binding in (("client_binding", "0"), ("server_binding", "1")):
        failed += subprocess.run([sys.executable, __file__, variant], env={**os.environ, "CHECK_SERVER_SIDE_BINDING": binding}).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
