"""Operations: plain functions `op(conn, …)`, each run in one transaction by `Store.tx`."""
