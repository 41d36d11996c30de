"""The delivery core under shuffled, virtual time: a model of the store, real feeds, two laws."""
