"""Domain packs: everything that is particular to one domain, as readable files.

```
pack.toml          id, version, licence, title.{zh,en}, languages, reference_language
schema.yaml        names (columns of entity tables), types, relations, qualifiers
sources.csv        key,title,edition,licence,grade,url
entities/*.csv     id,type,<one column per declared name>,<properties…>,source
names/*.csv        entity,text,language,kind,source           aliases, one a row
facts/*.csv        subject,predicate,object,<qualifiers…>,source,locator,review
lexicon.yaml       words that signal relations, types and operators, per language
rules.yaml         safety rules over facts
phrases.yaml       sentence templates per relation and language
golden.yaml        questions with expected outcome and facts
units.yaml         units of the domain with dated factors (optional)
statements.yaml    words by which prose states facts of each relation (optional)
guards.yaml        questions that are answered otherwise, and what is said (optional)
obligations.yaml   facts that a right answer must mention (optional)
safety.yaml        how findings make a conclusion, what is covered, how preparations are said (optional)
annotated/*.yaml   sentences with what they state and what the facts say of it: `bencao eval verify` (optional)
alarms.csv         warnings about recorded wholes that are right, with the reason: `bencao eval safety` (optional)
```

In `names` and `facts` an entity is written as its standard name in the pack's reference
language, which must be unique among the types that the relation allows at that end (an
entity id is taken too). One row is one fact from one source; rows that state the same fact
with different sources become one fact with several evidences. Where a relation is functional,
two values from one source are a fault, two values from different sources a dispute. Fact tables
may have a column `quote`; qualifier columns that a table does not need may be left out.

All files are UTF-8, and required unless marked. `kg.pack.check` reports every fault as `file:line: what is
wrong and what to write instead`.
"""
