"""Here the topology of compose.yaml is started as processes: database, replicas, worker, and a proxy before them."""
