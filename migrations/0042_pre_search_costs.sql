-- Most visitors say nothing about themselves. They need no document: the number that agents see of them finds them.
CREATE INDEX visitors_by_number ON visitors (project_id, right(id::text, 6));
CREATE OR REPLACE TRIGGER search_added AFTER INSERT ON visitors FOR EACH ROW
    WHEN (coalesce(NEW.name, NEW.given_name, NEW.external_id, NEW.facts::text, NEW.verified::text) IS NOT NULL)
    EXECUTE FUNCTION search_visitor_written();

-- Sorting more entries in at a time costs 10 us a document in place of 18; a look-up that reads 512 kB of them takes
-- 0.2 ms longer.
ALTER INDEX search_documents_by_words SET (gin_pending_list_limit = 512);
