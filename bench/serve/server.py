"""The same answers from FastAPI and onnxruntime: what a Python team would write for the same bundle.

POST /v1/predict with {"poster": base64 or data URL, "topK": n}. Title and ratings are left out of the comparison: the
bench sends posters only.
"""

import base64
import io
import json
import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from PIL import Image
from pydantic import BaseModel

bundle = os.environ["BUNDLE"]
manifest = json.load(open(f"{bundle}/manifest.json", encoding="utf-8"))
spec = manifest["inputs"]
target = manifest["target"]
labels = target["labels"]
# The bench sends posters only, and thresholds belong to what is given.
subsets = target["thresholds"].get("subsets", [])
own = next((subset for subset in subsets if subset["groups"] == ["poster"]), target["thresholds"])
thresholds = own.get("perLabel") or [own["threshold"]] * len(labels)
height, width = spec["poster"]["height"], spec["poster"]["width"]
tokens_shape = (1, spec["title"]["maxWords"], spec["title"]["piecesPerWord"])

options = ort.SessionOptions()
options.intra_op_num_threads = int(os.environ["THREADS"])
session = ort.InferenceSession(f"{bundle}/model.onnx", options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Movie(BaseModel):
    poster: str
    topK: int = 5


def pixels(poster: str) -> np.ndarray:
    image = Image.open(io.BytesIO(base64.b64decode(poster.rpartition(",")[2]))).convert("RGB")
    aspect = width / height
    w, h = min(image.width, image.height * aspect), min(image.height, image.width / aspect)
    left, top = (image.width - w) / 2, (image.height - h) / 2
    box = (left, top, left + w, top + h)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX, box=box))


@app.post("/v1/predict")
def predict(movie: Movie):
    feeds = {
        "title_tokens": np.zeros(tokens_shape, np.int32),
        "year": np.zeros((1, 1), np.float32),
        "poster": pixels(movie.poster)[None],
        "has_poster": np.ones((1, 1), np.float32),
        "rating_users": np.zeros((1, 1), np.int32),
        "rating_stars": np.zeros((1, 1), np.float32),
    }
    (probabilities,) = session.run(["probabilities"], feeds)
    row = probabilities[0].tolist()
    order = sorted(range(len(labels)), key=lambda i: -row[i])
    scores = [
        {"label": labels[i], "probability": row[i], "selected": row[i] >= thresholds[i]} for i in order
    ]
    return {
        "scores": scores[: movie.topK],
        "selected": [score["label"] for score in scores if score["selected"]],
    }


@app.get("/livez")
def live():
    return {"live": True}
