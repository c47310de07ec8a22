"""The lab's report of a month: pure computation. What was kept goes in as values, figures come out as values."""
