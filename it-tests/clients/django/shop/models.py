"""A shop: orders live with their customer, although their primary key is their id alone."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.TextField()

    class Meta:
        db_table = "countries"


class Customer(models.Model):
    name = models.TextField()
    country = models.ForeignKey(Country, models.PROTECT)
    details = models.JSONField(default=dict)
    born = models.DateField(null=True)

    class Meta:
        db_table = "customers"


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    total = models.DecimalField(max_digits=12, decimal_places=2)
    tags = ArrayField(models.TextField(), default=list)
    at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=100, default="")

    class Meta:
        db_table = "orders"
        indexes = [models.Index(fields=["customer", "at"], name="orders_at")]


class Reading(models.Model):
    device = models.UUIDField(default=uuid.uuid4)
    value = models.FloatField()

    class Meta:
        db_table = "readings"


class Setting(models.Model):
    name = models.TextField(unique=True)
    value = models.TextField()

    class Meta:
        db_table = "settings"
