"""Writes the images beside this file with Pillow: four quadrants, red, green / blue, white, 48 x 32 pixels."""
import os
import random
import struct

from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def quadrants(width=48, height=32):
    image = Image.new("RGB", (width, height), (255, 255, 255))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def save(image, name, **options):
    image.save(os.path.join(here, name), **options)


rgb = quadrants()
exif = Image.Exif()
exif[274] = 6
alpha = rgb.convert("RGBA")
alpha.paste((0, 0, 0, 0), (24, 16, 48, 32))  # the white quadrant is transparent black
grey16 = Image.frombytes("I;16", (48, 32), (b"\x00\x80" * 24 + b"\x00\x00" * 24) * 32)

save(rgb, "baseline.jpg", quality=95, subsampling=0)
save(rgb, "progressive.jpg", quality=95, subsampling=0, progressive=True)
save(rgb.resize((75, 53)), "progressive-subsampled.jpg", quality=80, subsampling=2, progressive=True)
save(rgb.resize((75, 53)), "progressive-restarts.jpg", quality=80, subsampling=1, progressive=True, restart_marker_blocks=3)
save(rgb, "orientation6.jpg", quality=95, subsampling=0, exif=exif)
save(rgb.convert("CMYK"), "cmyk.jpg", quality=95)
save(rgb.convert("L"), "grey.jpg", quality=95)
save(rgb, "lossy.webp", quality=95)
save(alpha, "lossless-alpha.webp", lossless=True, exact=True)
save(rgb, "orientation6.webp", quality=95, exif=exif)
save(rgb, "animated.webp", save_all=True, append_images=[Image.new("RGB", (48, 32))], quality=95)
save(alpha, "alpha.png")
save(rgb.convert("P", palette=Image.ADAPTIVE), "palette.png", transparency=0)
save(grey16, "grey16.png")
save(rgb.convert("1"), "bilevel.png")
save(rgb, "orientation6.png", exif=exif)
save(rgb, "first-frame.gif", save_all=True, append_images=[Image.new("RGB", (48, 32))])
save(rgb, "rgb.bmp")
save(rgb, "lzw.tif", compression="tiff_lzw")
save(rgb, "jpeg.tif", compression="jpeg")
save(rgb.convert("CMYK"), "cmyk.tif")
save(grey16, "grey16.tif")
save(rgb, "orientation6.tif", tiffinfo={274: 6})
save(rgb, "pages.tif", save_all=True, append_images=[Image.new("RGB", (8, 8))])

# a frame of 48 x 32 at (16, 8) of a screen of 80 x 48
with open(os.path.join(here, "first-frame.gif"), "rb") as file:
    gif = bytearray(file.read())
gif[6:10] = struct.pack("<HH", 80, 48)
frame = gif.index(b"\x2c\x00\x00\x00\x00\x30\x00\x20\x00")
gif[frame + 1 : frame + 5] = struct.pack("<HH", 16, 8)
with open(os.path.join(here, "offset.gif"), "wb") as file:
    file.write(gif)

# what Pillow makes of noise: smaller by several factors, and larger
noise = Image.frombytes("RGB", (61, 47), random.Random(7).randbytes(61 * 47 * 3))
save(noise, "noise.png")
for width, height in (24, 20), (61, 9), (7, 5), (100, 90):
    save(noise.resize((width, height), Image.BILINEAR), f"noise-{width}x{height}.png")
