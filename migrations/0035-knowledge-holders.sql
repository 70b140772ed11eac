-- Which run of the indexing holds the entry: a worker that was taken for dead must not write.
ALTER TABLE knowledge ADD COLUMN holder uuid;
