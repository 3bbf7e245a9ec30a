"""The deep tier's model: tuning a small BERT on pairs, and writing it as the ONNX file that ships."""
