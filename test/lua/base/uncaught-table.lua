-- expect-error: MY_CODE
error({ code = 'MY_CODE', message = 'mine' })
