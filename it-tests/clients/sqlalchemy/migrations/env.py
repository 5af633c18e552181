import os

from alembic import context
from sqlalchemy import create_engine

from model import Base

engine = create_engine(os.environ["SHARDGATE_URL"].replace("postgresql://", "postgresql+psycopg://"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
