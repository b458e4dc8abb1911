"""How long transformers takes for one example in several exports of one mask, by turns, and how far their logits differ.

    python transformers_latency.py LENGTH FOLDER [FOLDER …]

Prints a JSON list: an entry for each folder, and one more for each after the first if what is dead in it was removed by
remove_dead.py and it became smaller. `ratio` has the quartiles of seconds / seconds of the first folder over the rounds, `difference` the largest difference from the first folder's
logits over 32 random sequences of random lengths.
"""
import json, statistics, sys, time
import torch
from transformers import AutoModelForSequenceClassification
sys.path.append("test/fixtures/models")
from remove_dead import remove_dead

ROUNDS = 41
length, folders = int(sys.argv[1]), sys.argv[2:]
torch.manual_seed(1)

sizes = lambda model: sum(p.numel() for p in model.parameters())
models = []
for folder in folders:
    models.append((folder, False, AutoModelForSequenceClassification.from_pretrained(folder).eval()))
    if len(models) == 1: continue
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    remove_dead(model)
    if sizes(model) < sizes(models[-1][2]): models.append((folder, True, model))

config = models[0][2].config
ids = torch.randint(config.pad_token_id + 1, config.vocab_size, (32, length))
attention = (torch.arange(length) < torch.randint(2, length + 1, (32, 1))).long()
ids = torch.where(attention == 1, ids, config.pad_token_id)
one = {"input_ids": torch.randint(config.pad_token_id + 1, config.vocab_size, (1, length)), "attention_mask": torch.ones(1, length, dtype=torch.long)}

with torch.no_grad():
    logits = [model(input_ids=ids, attention_mask=attention).logits for _, _, model in models]
    seconds = [[] for _ in models]
    for number in range(ROUNDS + 3):
        order = list(range(len(models)))
        if number % 2: order.reverse()
        for i in order:
            start = time.perf_counter()
            models[i][2](**one)
            if number >= 3: seconds[i].append(time.perf_counter() - start)   # the first rounds warm up

entries = []
for i, (folder, removed, model) in enumerate(models):
    low, middle, high = statistics.quantiles((own / first for own, first in zip(seconds[i], seconds[0])), n=4)
    entries.append({
        "folder": folder, "afterRemoval": removed, "seconds": statistics.median(seconds[i]),
        "ratio": {"value": middle, "low": low, "high": high}, "parameters": sizes(model),
        "difference": (logits[i] - logits[0]).abs().max().item(), "threads": torch.get_num_threads(),
    })
print(json.dumps(entries))
