"""Whisper models: their features, checkpoints and forms, and WhisperSeg's way of finding sounds with one."""
